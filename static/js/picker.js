// Picks while writing: "/" lists prepared answers, "@" in a note lists teammates; what is chosen takes its place.
import { typed } from "./listbox.js";

const TRIGGERS = { note: /(?:^|\s)(@)([\p{L}\p{M}'. -]{0,30})$/u, other: /(?:^|\s)(\/)([^\n/]{0,40})$/u };
const list = () => document.querySelector("#picker");
const field = () => document.querySelector("#message");

let range;
let isAsking = false;
let isStale = false;

function hide() {
  range = undefined;
  if (!list()) return;
  list().hidden = true;
  list().replaceChildren();
  field()?.removeAttribute("aria-activedescendant");
}

function look() {
  const box = field();
  if (!box || box.selectionStart !== box.selectionEnd) return hide();
  const isNote = box.closest("#composer").dataset.lane === "note";
  const found = box.value.slice(0, box.selectionStart).match(TRIGGERS[isNote ? "note" : "other"]);
  if (!found) return hide();
  const words = found[2];
  typed.set(box, words);
  range = [box.selectionStart - words.length - 1, box.selectionStart];
  const [customer] = box.dataset.draft.split(":");
  const address = `/customers/${customer}/${isNote ? "mates" : "answers"}?${new URLSearchParams({ words })}`;
  ask(address);
}

// One question at a time; what is typed meanwhile is asked once the answer is there.
async function ask(address) {
  isStale = isAsking;
  if (isAsking) return;
  isAsking = true;
  await htmx.ajax("GET", address, { target: "#picker", swap: "outerHTML" }).catch(() => {});
  isAsking = false;
  if (isStale) look();
}

function insert(text) {
  const box = field();
  const [start, end] = range ?? [box.selectionStart, box.selectionEnd];
  box.focus();
  box.setRangeText(text, start, end, "end");
  hide();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => target.id === "message" && look());
document.addEventListener("listbox:close", ({ target }) => target.id === "message" && hide());
document.addEventListener("focusout", ({ target }) => target.id === "message" && setTimeout(() => document.activeElement !== field() && hide(), 150));
document.addEventListener("click", ({ target }) => {
  const option = target.closest("#picker [data-insert]");
  if (option) insert(option.dataset.insert);
  const opener = target.closest("[data-types]");
  if (!opener || !field() || field().disabled) return;
  const before = field().value.slice(0, field().selectionStart);
  insert(/(^|\s)$/.test(before) ? opener.dataset.types : ` ${opener.dataset.types}`);
});

// A text that is written in by the machine may be a list's beginning no more.
document.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt.id === "picker" && !range && hide());

// Other modules write into the message as well.
document.addEventListener("message:insert", ({ detail }) => {
  range = undefined;
  insert(detail.text);
});
