// What rang is fetched again: each element with data-live gets "ring"; a burst is one fetch, then a pause.
// An element is asked once at a time, and not before the answer to what somebody did: an answer may be older than
// what rang meanwhile, and htmx's own queue is lost when it looks at an element again.
const PAUSE_MS = 250;
// What waits in the inboxes and how work is given out concern many at once, so pages take turns; what is for this agent alone comes first.
const CALM_MS = 2000;
const isCalm = (topic) => ["waiting", "inboxes", "workflow"].includes(topic);

let due = new Set();
let everything = false;
let timer;
let calm;
let calmDue = [];
const asked = new WeakMap();
const again = new Set();
let acts = 0;

const isBanner = (element) => element.id === "banner";
const isDue = (element) => everything || element.dataset.live.split(" ").some((topic) => due.has(topic));
const mustWait = (element) => asked.get(element) > 0 || (acts > 0 && !isBanner(element));

function fetchAgain() {
  timer = undefined;
  if (!everything && !due.size) return;
  const elements = [...document.querySelectorAll("[data-live]")].filter(isDue);
  elements.sort((one, other) => isBanner(other) - isBanner(one)); // what a customer waits for comes first
  due = new Set();
  everything = false;
  elements.forEach(ring);
  timer = setTimeout(fetchAgain, PAUSE_MS);
}

function ring(element) {
  if (mustWait(element)) again.add(element);
  else htmx.trigger(element, element.matches("[data-held], :has([data-holds])") ? "held" : "ring");
}

function soon(topics) {
  for (const topic of topics) due.add(topic);
  timer ??= setTimeout(fetchAgain, 5);
}

function inTurn() {
  soon(calmDue);
  calm = undefined;
  calmDue = [];
}

document.addEventListener("rings", ({ detail }) => {
  everything ||= Boolean(detail.everything);
  const urgent = (detail.topics || []).filter((topic) => !isCalm(topic));
  if (everything || urgent.length) soon(urgent);
  calmDue.push(...(detail.topics || []).filter(isCalm));
  if (calmDue.length) calm ??= setTimeout(inTurn, Math.random() * CALM_MS);
});

function count(element, step) {
  if (mustWait(element) && step > 0) again.add(element);
  asked.set(element, (asked.get(element) ?? 0) + step);
}

function ringWhatWaits() {
  for (const element of [...again].filter((one) => !mustWait(one))) {
    again.delete(element);
    const shown = element.isConnected ? element : document.getElementById(element.id);
    if (shown) ring(shown);
  }
}

document.addEventListener("htmx:beforeSend", ({ detail: { elt, requestConfig, xhr } }) => {
  const isAct = requestConfig.verb !== "get";
  if (!isAct && !("live" in elt.dataset)) return;
  const step = (by) => (isAct ? (acts += by) : count(elt, by));
  step(1);
  xhr.addEventListener("loadend", () => {
    step(-1);
    ringWhatWaits();
  });
});
