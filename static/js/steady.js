// A list never changes its order under the pointer: while it is there, changes wait behind a button.
const list = document.querySelector("[data-steady]");

if (list) {
  const button = () => list.querySelector("[data-show-changes]");
  const release = () => {
    list.removeAttribute("data-held");
    if (button() && !button().hidden) {
      button().hidden = true;
      htmx.trigger(list, "ring");
    }
  };

  list.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && list.setAttribute("data-held", ""));
  list.addEventListener("pointerleave", release);
  list.addEventListener("click", ({ target }) => target.closest("[data-show-changes]") && release());
  list.addEventListener("held", () => button() && (button().hidden = false));
}
