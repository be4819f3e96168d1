// What rang is fetched again: each element with data-live gets "ring"; a burst is one fetch, then a pause.
const PAUSE_MS = 250;
// How many wait concerns everybody at once, so pages take turns; what is for this agent alone comes first.
const CALM_TOPIC = "waiting";
const CALM_MS = 2000;

let due = new Set();
let everything = false;
let timer;
let calm;

const isBanner = (element) => element.id === "banner";
const isDue = (element) => everything || element.dataset.live.split(" ").some((topic) => due.has(topic));

function fetchAgain() {
  timer = undefined;
  if (!everything && !due.size) return;
  const elements = [...document.querySelectorAll("[data-live]")].filter(isDue);
  elements.sort((one, other) => isBanner(other) - isBanner(one)); // what a customer waits for comes first
  due = new Set();
  everything = false;
  for (const element of elements) htmx.trigger(element, element.matches("[data-held], :has([data-holds])") ? "held" : "ring");
  timer = setTimeout(fetchAgain, PAUSE_MS);
}

function soon(topics) {
  for (const topic of topics) due.add(topic);
  timer ??= setTimeout(fetchAgain, 5);
}

function inTurn() {
  calm = undefined;
  soon([CALM_TOPIC]);
}

document.addEventListener("rings", ({ detail }) => {
  everything ||= Boolean(detail.everything);
  const topics = detail.topics || [];
  const urgent = topics.filter((topic) => topic !== CALM_TOPIC);
  if (everything || urgent.length) soon(urgent);
  if (urgent.length < topics.length) calm ??= setTimeout(inTurn, Math.random() * CALM_MS);
});
