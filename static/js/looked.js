// "New since you looked": remembers per customer what was on the page, and draws the line above what came since.
const log = document.querySelector("[data-timeline]");
const name = `looked:${document.querySelector("meta[name=me]")?.content}:${log?.dataset.timeline}`;
const before = log && localStorage.getItem(name);

const theirs = () => [...log.querySelectorAll("article[data-at]:not([data-mine]):not(.event)")];

function draw() {
  const first = before && theirs().find((item) => item.dataset.at > before);
  const old = log.querySelector(".day--new");
  const anchor = first?.closest(".post") || first;
  if (old && old.nextElementSibling === anchor) return;
  old?.remove();
  if (!anchor) return;
  const line = Object.assign(document.createElement("div"), { className: "day day--new" });
  line.dataset.drawn = "";
  line.append(Object.assign(document.createElement("span"), { textContent: "New since you looked" }));
  anchor.before(line);
}

function remember() {
  const last = [...log.querySelectorAll("[data-at]")].map((item) => item.dataset.at).sort().at(-1);
  if (last && document.visibilityState === "visible") localStorage.setItem(name, last);
}

if (log) {
  draw();
  setTimeout(remember, 1_000);
  document.addEventListener("htmx:afterSettle", () => {
    draw();
    remember();
  });
}
