// Menus of actions: opened by their button, walked with the arrows, closed with Escape or a click elsewhere.
const ROOM = 130; // what lies above a thread, in pixels
const menuOf = (button) => button.parentElement.querySelector("[role=menu]");
const entries = (menu) => [...menu.querySelectorAll("[role=menuitem]")];

function show(button, isOpen) {
  button.setAttribute("aria-expanded", String(isOpen));
  menuOf(button).hidden = !isOpen;
  if (isOpen) menuOf(button).classList.toggle("menu--below", button.getBoundingClientRect().top < menuOf(button).offsetHeight + ROOM);
  if (isOpen) entries(menuOf(button))[0]?.focus();
}

const open = () => document.querySelector("[data-menu-button][aria-expanded=true]");

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-menu-button]");
  const shown = open();
  if (shown && shown !== button) show(shown, false);
  if (button) show(button, button !== shown);
});

document.addEventListener("keydown", (event) => {
  const button = open();
  if (!button) return;
  const all = entries(menuOf(button));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    show(button, false);
    button.focus();
  } else if (step) {
    event.preventDefault();
    all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
  }
});
