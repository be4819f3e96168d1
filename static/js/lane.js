// Which lane the composer is in: it stays where something is written, else it follows what waits for an answer.
const composer = () => document.querySelector("#composer");
const isBegun = () => composer().querySelector("textarea").value || composer().querySelector(".upload, [data-uploading]");
const isInUse = () => isBegun() || composer().contains(document.activeElement);

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { elt, parameters } = detail;
  // What is written goes where the composer says, though another lane was chosen a moment ago.
  if (elt.matches("[data-send], [data-send-anyway]")) parameters.lane = composer().dataset.lane;
  if (elt.id !== "composer") return;
  if ("chosen" in elt.dataset || isInUse()) parameters.lane = elt.dataset.lane;
});

// A lane that could not be opened is not chosen.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful || !detail.requestConfig.elt.matches(".lane input")) return;
  composer().querySelector(`.lane input[value="${composer().dataset.lane}"]`).checked = true;
});

// A lane chosen by pointer is written in at once; by keyboard one may go on choosing.
let isByPointer = false;
document.addEventListener("pointerdown", ({ target }) => (isByPointer = Boolean(target.closest(".lane"))));
document.addEventListener("keydown", ({ target }) => target.matches?.(".lane input") && (isByPointer = false));

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.verb !== "post" || detail.target?.id !== "composer") return;
  const isChoice = detail.requestConfig.elt.matches(".lane input");
  const next = isChoice && !isByPointer ? ".lane input:checked" : "#message";
  composer().querySelector(next)?.focus();
});
