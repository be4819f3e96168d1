// Single keys outside fields run their command, once however long they are held, or move through the list.
import { commandOf, run } from "./commands.js";

const isTyping = (target) => target.closest?.("input:not([type=radio]), textarea, select, [contenteditable], dialog[open], [popover]:popover-open");
const cards = () => [...document.querySelectorAll("[data-card]")];

function move(step) {
  const all = cards();
  const now = all.findIndex((card) => card === document.activeElement || card.hasAttribute("aria-current"));
  const focused = all.indexOf(document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, (focused < 0 ? now : focused) + step))]?.focus();
}

const MOVES = { j: () => move(1), k: () => move(-1) };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  if (MOVES[key]) MOVES[key]();
  else if (event.repeat || key.length !== 1 || !commandOf(key) || !run(commandOf(key))) return;
  event.preventDefault();
});
