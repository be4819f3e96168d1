// Menus of actions: drawn from the page's template when their button is pressed, walked with the arrows, closed with
// Escape or a click elsewhere.
const ROOM = 130; // what lies above a thread, in pixels
const menuOf = (button) => button.parentElement.querySelector("[role=menu]");
const entries = (menu) => [...menu.querySelectorAll("[role=menuitem]")];
const opened = () => document.querySelector("[data-menu-button][aria-expanded=true]");

// The template's places, as {item}, are filled with what the button says of itself.
const fill = ({ attributes }, facts) => {
  for (const one of attributes) one.value = one.value.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
};

function draw(button) {
  menuOf(button)?.closest("form").remove();
  const form = document.querySelector("#item-menu").content.cloneNode(true).firstElementChild;
  const may = button.dataset.may.split(" ");
  for (const entry of entries(form)) {
    if (may.includes(entry.dataset.entry)) fill(entry, button.dataset);
    else entry.remove();
  }
  button.after(form);
  htmx.process(form);
  return menuOf(button);
}

function open(button) {
  const menu = draw(button);
  button.setAttribute("aria-expanded", "true");
  menu.classList.toggle("menu--below", button.getBoundingClientRect().top < menu.offsetHeight + ROOM);
  entries(menu)[0]?.focus();
}

// Hidden, not gone: a question that an entry asks first is answered after the menu has closed.
function close(button) {
  button.setAttribute("aria-expanded", "false");
  const menu = menuOf(button);
  if (menu?.contains(document.activeElement)) button.focus();
  if (menu) menu.hidden = true;
}

// Chooses an entry without showing the menu.
export function choose(button, name) {
  const menu = draw(button);
  menu.hidden = true;
  menu.querySelector(`[data-entry=${name}]`)?.click();
}

// Ahead of a question that an entry asks, which goes back to where the focus was.
document.addEventListener(
  "click",
  ({ target }) => {
    const button = target.closest("[data-menu-button]");
    const shown = opened();
    if (shown) close(shown);
    if (button && button !== shown) open(button);
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const button = opened();
  if (!button || !menuOf(button)) return;
  const all = entries(menuOf(button));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    close(button);
    button.focus();
  } else if (step) {
    event.preventDefault();
    all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
  }
});
