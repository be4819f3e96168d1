// What rang is fetched again: each element with data-live gets "ring"; a burst is one fetch, then a pause.
const PAUSE_MS = 250;

let due = new Set();
let everything = false;
let timer;

const isDue = (element) => everything || element.dataset.live.split(" ").some((topic) => due.has(topic));

function fetchAgain() {
  timer = undefined;
  if (!everything && !due.size) return;
  const elements = [...document.querySelectorAll("[data-live]")].filter(isDue);
  due = new Set();
  everything = false;
  for (const element of elements) htmx.trigger(element, element.matches("[data-held], :has([data-holds])") ? "held" : "ring");
  timer = setTimeout(fetchAgain, PAUSE_MS);
}

document.addEventListener("rings", ({ detail }) => {
  everything ||= Boolean(detail.everything);
  for (const topic of detail.topics || []) due.add(topic);
  timer ??= setTimeout(fetchAgain, 5);
});
