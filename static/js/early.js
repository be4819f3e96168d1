// What somebody presses before the scripts are there, and only scripts answer, is kept and pressed then. Not a module:
// it runs before the page is shown.
{
  const pressed = new Set();
  const answersItself = "[popovertarget], [commandfor]";
  const keep = (event) => {
    const button = event.target.closest("button[type=button]");
    if (!button || button.matches(answersItself)) return;
    event.stopImmediatePropagation();
    pressed.add(button);
  };
  document.addEventListener("click", keep, true);
  document.addEventListener("DOMContentLoaded", () => {
    document.removeEventListener("click", keep, true);
    setTimeout(() => pressed.forEach((button) => button.isConnected && button.click()));
  });
}
