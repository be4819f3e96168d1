// The state of the connection in words: Live, Catching up…, or Offline and for how long.
const shown = document.querySelector("[data-connection]");

let state = "late";
let since = Date.now();

const WORDS = { live: () => "Live", late: () => "Catching up…", polling: () => "Live", off: () => `Offline ${seconds()} s` };
const seconds = () => Math.max(1, Math.round((Date.now() - since) / 1000));

function draw() {
  if (!shown) return;
  const words = WORDS[state]();
  if (shown.textContent !== words) shown.textContent = words;
  shown.dataset.state = state === "polling" ? "live" : state;
}

document.addEventListener("connection", ({ detail }) => {
  const next = detail.state === "off" && state === "late" && Date.now() - since < 2_000 ? "late" : detail.state;
  if (next !== state) since = Date.now();
  state = next;
  draw();
});

setInterval(() => state === "off" && draw(), 1_000);
