// Emoji: a small grid, walked with the arrows; what is chosen is written into the message.
const ROW = 8;
const all = () => [...document.querySelectorAll("[data-emoji]")];

document.addEventListener("click", ({ target }) => {
  const emoji = target.closest("[data-emoji]");
  if (!emoji) return;
  document.querySelector("#emoji").hidePopover();
  document.dispatchEvent(new CustomEvent("message:insert", { detail: { text: emoji.dataset.emoji } }));
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: ROW, ArrowUp: -ROW }[event.key];
  if (!step || !event.target.matches?.("[data-emoji]")) return;
  event.preventDefault();
  all()[Math.max(0, Math.min(all().length - 1, all().indexOf(event.target) + step))].focus();
});

const focusFirst = ({ target, newState }) => target.id === "emoji" && newState === "open" && all()[0].focus();
document.addEventListener("toggle", focusFirst, true);
