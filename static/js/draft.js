// What is being written survives a reload. A text whose sending was not answered keeps its key, so that it sends once.
const nameOf = (field) => `draft:${document.querySelector("meta[name=me]")?.content}:${field.dataset.draft}`;
const keyOf = (field) => field.form.querySelector("input[name=key]");
const read = (field) => JSON.parse(localStorage.getItem(nameOf(field)) || "null");

function keep(field, tried) {
  if (!field.value) return localStorage.removeItem(nameOf(field));
  localStorage.setItem(nameOf(field), JSON.stringify({ text: field.value, ...tried }));
}

function restore() {
  for (const field of document.querySelectorAll("textarea[data-draft]")) {
    const draft = read(field);
    if (!draft || field.value) continue;
    field.value = draft.text;
    if (draft.key && draft.tried === draft.text) keyOf(field).value = draft.key;
    document.dispatchEvent(new CustomEvent("draft:restored"));
  }
}

const fieldOf = (element) => element?.closest?.("form")?.querySelector("textarea[data-draft]");

document.addEventListener("input", ({ target }) => target.matches?.("textarea[data-draft]") && keep(target));
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  const field = target.matches?.("[data-send]") && fieldOf(target);
  if (field) keep(field, { key: keyOf(field).value, tried: field.value });
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const field = detail.requestConfig?.elt?.matches?.("[data-send]") && fieldOf(detail.requestConfig.elt);
  if (field && detail.xhr.status === 200) localStorage.removeItem(nameOf(field));
});

restore();
