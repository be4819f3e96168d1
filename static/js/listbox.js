// Lists of options below a field: walked with the arrows, chosen with Enter or a click, left with Escape.
// The field names its list in aria-controls; what a choice does is the option's own business.
const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const optionsOf = (list) => [...(list?.querySelectorAll("[role=option]:not([aria-disabled=true]):not([hidden])") ?? [])];

export function mark(field, option) {
  for (const one of optionsOf(listOf(field))) one.setAttribute("aria-selected", String(one === option));
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

const chosen = (field) => optionsOf(listOf(field)).find((one) => one.getAttribute("aria-selected") === "true");

// A list that was found by fewer words than stand in the field offers what is not meant: Enter waits for the right one.
export const typed = new WeakMap();
let waiting;
const isOld = (field, { dataset }) => "foundBy" in dataset && dataset.foundBy !== (typed.get(field) ?? field.value);

function choose(field, list) {
  waiting = isOld(field, list) ? field : undefined;
  if (!waiting) chosen(field).click();
}

function close(field) {
  waiting = undefined;
  const owner = document.querySelector(field.dataset.closes);
  if (owner) htmx.trigger(owner, "closed");
  else field.dispatchEvent(new CustomEvent("listbox:close", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-listbox]");
  const list = field && listOf(field);
  if (!list || list.hidden || event.isComposing) return;
  const all = optionsOf(list);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) mark(field, all.at((all.indexOf(chosen(field)) + step + all.length) % all.length));
  else if ((event.key === "Enter" || (event.key === "Tab" && field.matches("textarea"))) && !event.ctrlKey && !event.metaKey && chosen(field)) choose(field, list);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
});

document.addEventListener("input", () => (waiting = undefined));

// A click must not take the focus from the field.
document.addEventListener("mousedown", (event) => event.target.closest("[role=listbox]") && event.preventDefault());

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  for (const field of document.querySelectorAll("[data-listbox]")) {
    if (listOf(field) === detail.elt || detail.elt.contains?.(field)) mark(field, chosen(field) ?? optionsOf(listOf(field))[0]);
    if (waiting !== field || isOld(field, listOf(field))) continue;
    waiting = undefined;
    chosen(field)?.click();
  }
});

// Who left a list goes on where it was opened.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.triggeringEvent?.type === "closed") detail.elt.querySelector("[data-key]")?.focus();
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (target.matches?.("[data-closes]") && relatedTarget && !document.querySelector(target.dataset.closes)?.contains(relatedTarget)) close(target);
});
