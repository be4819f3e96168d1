// The composer: counts the final text, shuts Send beyond the limit, and sends with Ctrl or ⌘ and Enter.
import { finalText } from "./final-text.js";

const NEAR = 10;
const composers = () => document.querySelectorAll("[data-composer]");

function count(form) {
  const { limit, linkFormat } = form.dataset;
  const field = form.querySelector("textarea");
  const length = [...finalText(field.value, linkFormat)].length;
  const counter = form.querySelector("[data-counter]");
  const words = `${length} / ${limit}`;
  if (counter.textContent !== words) counter.textContent = words;
  counter.dataset.state = length >= limit ? "full" : length >= limit - NEAR ? "near" : "";
  form.querySelector("[data-send]").disabled = field.disabled || length > limit;
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("[data-composer]");
  if (form) count(form);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  form.querySelector("[data-send]:not(:disabled)")?.click();
});

// What is typed while an answer is under way would be lost with the old composer.
document.addEventListener("htmx:beforeRequest", ({ target }) => lock(target, true));
document.addEventListener("htmx:afterRequest", ({ target }) => lock(target, false));
function lock(sender, isLocked) {
  const field = sender.matches?.("[data-send]") && sender.form?.querySelector("textarea");
  if (field) field.readOnly = isLocked;
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  composers().forEach(count);
  if (detail.requestConfig?.verb === "post" && detail.target?.id === "composer") document.querySelector("#message")?.focus();
});
document.addEventListener("draft:restored", () => composers().forEach(count));
composers().forEach(count);
