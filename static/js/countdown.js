// Draws what remains of a banner or an undo. The server measured it; here it only runs down, then it is asked again.
const ends = new WeakMap();

function start(banner) {
  const given = banner.dataset.countdown;
  if (ends.get(banner)?.given === given) return;
  ends.set(banner, { given, at: performance.now() + Number(given), asked: false });
}

function draw(banner) {
  start(banner);
  const end = ends.get(banner);
  const left = Math.max(0, end.at - performance.now());
  const seconds = String(Math.ceil(left / 1000));
  for (const place of banner.querySelectorAll("[data-seconds]")) {
    if (place.textContent !== seconds) place.textContent = seconds;
  }
  const share = (100 * left) / Number(banner.dataset.whole || 1);
  banner.querySelector("[data-ring]")?.setAttribute("stroke-dasharray", `${share} 100`);
  if (left || end.asked) return;
  end.asked = true;
  htmx.trigger(banner.closest("[data-live]"), "expired");
}

const drawAll = () => document.querySelectorAll("[data-countdown]").forEach(draw);

document.addEventListener("htmx:afterSettle", drawAll);
setInterval(drawAll, 250);
drawAll();
