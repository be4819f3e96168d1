// Where no socket connects, the page asks every few seconds what rang meanwhile.
const EVERY_MS = 3_000;
const { presence } = document.body.dataset;

let timer;
let at = document.body.dataset.since || "";

const topics = () => [...new Set([...document.querySelectorAll("[data-live]")].flatMap((e) => e.dataset.live.split(" ")))];
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

async function ask() {
  const query = new URLSearchParams({ since: at, presence: presence || "", watch: topics().join(" ") });
  const answer = await fetch(`/live/poll?${query}`, { headers: { Accept: "application/json" } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) throw new Error("no answer");
  const message = await answer.json();
  at = message.at || at;
  tell("polled", { at });
  tell("connection", { state: "polling" });
  if (message.everything || message.topics.length) tell("rings", message);
}

const again = () => ask().catch(() => tell("connection", { state: "off" }));

document.addEventListener("connection", ({ detail }) => {
  if (detail.state === "live") {
    clearInterval(timer);
    timer = undefined;
  } else if (detail.state === "off" && !timer) {
    timer = setInterval(again, EVERY_MS);
    setTimeout(again, 400);
  }
});
