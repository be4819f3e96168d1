// A list never changes its order under the pointer: while it is there, changes wait behind a button.
const list = document.querySelector("[data-steady]");

if (list) {
  const button = () => list.querySelector("[data-show-changes]");
  const hold = (isHeld) => list.toggleAttribute("data-held", isHeld);
  const show = () => {
    if (!button() || button().hidden) return;
    button().hidden = true;
    hold(false);
    htmx.trigger(list, "ring");
  };

  list.addEventListener("pointerenter", ({ pointerType }) => hold(pointerType === "mouse"));
  list.addEventListener("pointerleave", () => {
    hold(false);
    show();
  });
  list.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-show-changes]")) return;
    const isHeld = list.hasAttribute("data-held");
    show();
    hold(isHeld);
  });
  list.addEventListener("held", () => button() && (button().hidden = false));
  // What asks again by the minute waits as well.
  list.addEventListener("htmx:configRequest", (event) => {
    if (event.target === list && list.hasAttribute("data-held")) event.preventDefault();
  });
}
