// Where what had the focus goes with an answer, the focus goes to what is near it, not to the top of the page.
const PLACES = "article, .composer__box, .thread__head, .topics, .context__part";
const FOCUSABLE = "a[href], button:not(:disabled), textarea:not(:disabled), summary";

let lost;
let around = [];

function remember({ target }) {
  lost = target;
  around = [];
  for (let one = target.parentElement; one; one = one.parentElement) around.push(one);
}

const inside = (one) => (one.matches("[tabindex]") ? one : one.matches(PLACES) && one.querySelector(FOCUSABLE));

document.addEventListener("focusin", remember);
// Who clicks beside everything leaves the focus nowhere on purpose.
document.addEventListener("focusout", ({ target }) =>
  setTimeout(() => target === lost && target.isConnected && document.activeElement === document.body && (lost = undefined)),
);
document.addEventListener("htmx:afterSettle", () => {
  if (!lost || lost.isConnected || document.activeElement !== document.body) return;
  const near = around.filter((one) => one.isConnected).map(inside).find(Boolean);
  (near || document.querySelector("#main"))?.focus({ preventScroll: true });
});
