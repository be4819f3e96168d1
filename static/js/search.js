// Results while one types: reached with the arrows, left with Escape or a click elsewhere.
const field = document.querySelector("[data-search]");
const found = () => document.querySelector("#found");
const links = () => [...found().querySelectorAll("a[href]")];
const hide = () => (found().hidden = true);

if (field) {
  const form = field.form;
  form.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && !found().hidden) {
      event.preventDefault();
      hide();
      field.focus();
    } else if (step && !found().hidden && links().length) {
      event.preventDefault();
      const next = links().indexOf(document.activeElement) + step;
      (next < 0 ? field : links()[Math.min(next, links().length - 1)]).focus();
    }
  });
  field.addEventListener("focus", () => field.value && found().childElementCount && (found().hidden = false));
  document.addEventListener("click", ({ target }) => form.contains(target) || hide());
  form.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !form.contains(relatedTarget) && hide());
}
