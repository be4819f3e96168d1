// Single keys outside fields press what is marked with data-key, move through the list, or open the sheet.
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
const cards = () => [...document.querySelectorAll("[data-card]")];

function move(step) {
  const all = cards();
  const now = all.findIndex((card) => card === document.activeElement || card.hasAttribute("aria-current"));
  const focused = all.indexOf(document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, (focused < 0 ? now : focused) + step))]?.focus();
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => document.querySelector("#message:not(:disabled)")?.focus(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => document.querySelector("#keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  const pressed = /^[a-z#]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
  if (!pressed && !ACTS[key]) return;
  event.preventDefault();
  pressed ? pressed.click() : ACTS[key]();
});
