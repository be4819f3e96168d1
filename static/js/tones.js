// Two short tones, made here: browsers let a page sound once somebody has clicked on the site.
const TONES = [659, 880];
const SECONDS = 0.14;
const LOUDNESS = 0.12;

let context;

export async function play() {
  context ??= new AudioContext();
  if (context.state === "suspended") await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 500))]);
  if (context.state !== "running") return;
  TONES.forEach((hertz, number) => tone(hertz, context.currentTime + number * SECONDS));
}

function tone(hertz, at) {
  const [source, volume] = [context.createOscillator(), context.createGain()];
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(LOUDNESS, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + SECONDS * 2);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + SECONDS * 2);
}
