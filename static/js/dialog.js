// Opens dialogs, and asks before what cannot be taken back: a form with data-asks, or a button
// that names a dialog in data-asks-first, shows its question first.
let asking;

document.addEventListener("click", (event) => {
  // Where the browser knows commands it opens these by itself, before any script has come.
  const opener = event.target.closest("[command=show-modal]");
  const named = opener && document.getElementById(opener.getAttribute("commandfor"));
  if (named && !named.open) named.showModal();

  const question = event.target.closest("dialog");
  if (event.target.closest("[data-cancels]")) question.close();
  if (event.target.closest("[data-confirms]")) {
    question.close();
    submit(asking);
  }
});

// Ahead of htmx, which listens on the elements themselves.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-asks-first]");
    const question = button && document.getElementById(button.dataset.asksFirst || button.form?.dataset.asks);
    if (!question || button.form.elements.is_sure) return;
    event.preventDefault();
    event.stopPropagation();
    asking = button;
    question.showModal();
  },
  true,
);

// A dialog that a fragment brought is shown at once.
document.addEventListener("htmx:afterSettle", () => document.querySelector("dialog[data-modal]:not([open])")?.showModal());
document.addEventListener("close", ({ target }) => target.removeAttribute("data-modal"), true);

function submit(button) {
  const sure = Object.assign(document.createElement("input"), { type: "hidden", name: "is_sure", value: "1" });
  button.form.append(sure);
  button.click();
  setTimeout(() => sure.remove());
}
