// Ctrl or ⌘ and K: every command that is possible here, found by typing, with its key.
import { mark } from "./listbox.js";
import { run, targetOf } from "./commands.js";

const palette = document.querySelector("#palette");
const field = palette?.querySelector("[data-palette]");
const options = () => [...palette.querySelectorAll("[data-runs]")];

function filter() {
  const words = field.value.toLowerCase().split(/\s+/);
  for (const option of options()) {
    const text = option.textContent.toLowerCase();
    option.hidden = !targetOf(option) || !words.every((word) => text.includes(word));
  }
  mark(field, options().find((option) => !option.hidden));
}

function open() {
  field.value = "";
  palette.showModal();
  filter();
}

if (palette) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    palette.open ? palette.close() : open();
  });
  field.addEventListener("input", filter);
  field.addEventListener("listbox:close", () => palette.close());
  palette.addEventListener("click", ({ target }) => {
    const option = target.closest("[data-runs]");
    if (target === palette || option) palette.close();
    if (option) run(option);
  });
}
