// The composer: counts the final text and its bytes, shows it, shuts Send beyond a limit, sends with Ctrl or ⌘ and Enter.
import { finalText } from "./final-text.js";

const NEAR = 10;
const bytes = new TextEncoder();
const composers = () => document.querySelectorAll("[data-composer]");
const write = (place, words) => place.textContent !== words && (place.textContent = words);

function count(form) {
  const { limit, linkFormat, bytes: byteLimit } = form.dataset;
  const field = form.elements.text;
  const final = finalText(field.value, linkFormat);
  const length = [...final].length;
  const size = bytes.encode(final).length;
  const isHeavy = byteLimit && length <= limit && size > byteLimit;
  const counter = form.querySelector("[data-counter]");
  write(counter, `${length} / ${limit}`);
  counter.dataset.state = length >= limit ? "full" : length >= limit - NEAR ? "near" : "";
  write(form.querySelector("[data-too-heavy]"), isHeavy ? `The text takes ${size} bytes; Instagram takes ${byteLimit}. Emoji and accents count more.` : "");
  const shown = form.querySelector("[data-final-text]");
  shown.hidden = final === field.value.trim();
  if (!shown.hidden) write(shown.querySelector("[data-final-words]"), final);
  form.querySelector("[data-send]").disabled = field.disabled || length > limit || Boolean(isHeavy);
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("[data-composer]");
  if (form) count(form);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  const button = !event.repeat && form.querySelector("[data-send]:not(:disabled, [data-uploading])");
  if (!button) return;
  goesOn = event.shiftKey;
  button.click();
});

// With Shift it goes on to the next customer, once the answer is taken.
let goesOn = false;
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches("[data-send]")) return;
  if (goesOn && detail.xhr.status === 200) setTimeout(() => document.querySelector("#ending [formaction='/next']")?.click());
  goesOn = false;
});

// What is typed while an answer is under way would be lost with the old composer.
document.addEventListener("htmx:beforeRequest", ({ target }) => lock(target, true));
document.addEventListener("htmx:afterRequest", ({ target }) => lock(target, false));
function lock(sender, isLocked) {
  const field = sender.matches?.("[data-send], [data-send-anyway], .lane input") && sender.form?.elements.text;
  if (field) field.readOnly = isLocked;
}

document.addEventListener("htmx:afterSettle", () => composers().forEach(count));
document.addEventListener("draft:restored", () => composers().forEach(count));
composers().forEach(count);
