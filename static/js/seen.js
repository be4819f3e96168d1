// What the agent has before them when they begin to write, so that a reply to a thread that moved on is refused (S9):
// what came last of all that the thread shows then. It arrives apart from the composer, earlier or later.
const begun = new Map();
const composer = () => document.querySelector("[data-composer]");
const laneOf = (form) => form.elements.writing.value;
const isBegun = (form) => Boolean(form.elements.text.value || form.querySelector(".upload"));

// What was told otherwise: by a refusal; or, where old stretches are open alone, by the page when it was opened.
let told = document.querySelector("#newest") ? 0 : Number(composer()?.elements.seen.value);
const shown = () => Math.max(told, ...[...document.querySelectorAll("[data-newest]")].map((one) => one.dataset.newest));

function look() {
  const form = composer();
  if (!form) return;
  const lane = laneOf(form);
  if (!isBegun(form)) begun.delete(lane);
  else if (!begun.has(lane)) begun.set(lane, shown());
  form.elements.seen.value = begun.get(lane) ?? shown();
}

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.xhr?.status !== 422 || detail.target?.id !== "composer") return;
  told = Math.max(told, composer().elements.seen.value);
  begun.set(laneOf(composer()), told);
});
document.addEventListener("input", ({ target }) => target.form === composer() && look());
document.addEventListener("draft:restored", look);
document.addEventListener("htmx:afterSettle", look);
look();
