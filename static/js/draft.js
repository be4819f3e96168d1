// What is being written is kept in the browser at once and at the server soon after, so that it is there again after
// a reload, a crash, or on another device. A text whose sending was not answered keeps its key, so that it sends once.
const SOON_MS = 700;
const nameOf = (field) => `draft:${document.querySelector("meta[name=me]")?.content}:${field.dataset.draft}`;
const keyOf = (field) => field.form.elements.key;
const read = (field) => JSON.parse(localStorage.getItem(nameOf(field)) || "null");
const current = () => document.querySelector("textarea[data-draft]");

let timer;

function keep(field, tried) {
  localStorage.setItem(nameOf(field), JSON.stringify({ text: field.value, ...tried }));
  clearTimeout(timer);
  timer = tried ? undefined : setTimeout(() => save(field), SOON_MS);
}

async function save(field) {
  clearTimeout(timer);
  timer = undefined;
  const { csrf_token, key, writing } = field.form.elements;
  const body = new URLSearchParams({ csrf_token: csrf_token.value, key: key.value, writing: writing.value, text: field.value });
  const [customer] = field.dataset.draft.split(":");
  const [name, text] = [nameOf(field), field.value];
  const answer = await fetch(`/customers/${customer}/drafts`, { method: "POST", body, keepalive: true }).catch(() => null);
  const kept = JSON.parse(localStorage.getItem(name) || "null");
  if (answer?.status === 204 && kept?.text === text && !kept.key) localStorage.removeItem(name);
}

function restore() {
  const field = current();
  const draft = field && read(field);
  if (!draft || field.disabled) return;
  if (field.value !== draft.text) field.value = draft.text;
  if (draft.key && draft.tried === field.value) keyOf(field).value = draft.key;
  document.dispatchEvent(new CustomEvent("draft:restored"));
}

const isSending = (element) => element?.matches?.("[data-send], [data-send-anyway]");
// Whoever was signed out meanwhile is led to the sign-in, and nothing was taken.
const isTaken = (xhr) => [200, 204].includes(xhr.status) && !xhr.getResponseHeader("HX-Redirect")?.startsWith("/login");

document.addEventListener("input", ({ target }) => target.matches?.("textarea[data-draft]") && keep(target));
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  const field = current();
  if (isSending(target) && field) keep(field, { key: keyOf(field).value, tried: field.value });
});
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const { elt } = detail.requestConfig ?? {};
  const field = current();
  if (!field) return;
  if (elt?.matches?.(".lane input")) clearTimeout(timer);
  if (!isTaken(detail.xhr) || !(isSending(elt) || elt?.matches?.(".lane input"))) return;
  localStorage.removeItem(nameOf(field));
});
document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.id === "composer" && restore());
// Somebody may have begun to write before this module came.
const early = current();
if (early && early.value !== early.defaultValue) keep(early);
addEventListener("pagehide", () => timer && current() && save(current()));

restore();
