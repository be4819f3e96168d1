// The socket: says on the document what rang ("rings"), and how the connection is ("connection").
const BEAT_MS = 10_000;
const PATIENCE_MS = 6_000;
const { presence, since } = document.body.dataset;

let socket;
let at = since || "";
let tries = 0;
let watched = "";
let answered = true;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const topics = () => {
  const named = [...document.querySelectorAll("[data-live]")].flatMap((e) => e.dataset.live.split(" "));
  return [...new Set(named)].sort();
};

const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

const watch = () => {
  const names = topics();
  if (names.join() === watched) return;
  watched = names.join();
  send({ watch: names, since: at });
};

const hear = ({ data }) => {
  answered = true;
  const message = JSON.parse(data);
  if (message.at) at = message.at;
  if (message.everything) tell("rings", { everything: true });
  if (message.topics) tell("rings", { topics: message.topics });
  tell("connection", { state: "live" });
};

const retry = () => {
  socket = undefined;
  tries += 1;
  tell("connection", { state: "off" });
  setTimeout(open, Math.min(15_000, 250 * 2 ** tries) * (0.5 + Math.random()));
};

function open() {
  if (socket) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = new URLSearchParams({ since: at, presence: presence || "" });
  socket = new WebSocket(`${scheme}://${location.host}/live?${query}`);
  socket.onopen = () => {
    tries = 0;
    watched = "";
    answered = true;
    watch();
  };
  socket.onmessage = hear;
  socket.onclose = retry;
}

setInterval(() => {
  if (!answered) return socket?.close();
  answered = !send({ beat: true });
  setTimeout(() => answered || tell("connection", { state: "late" }), PATIENCE_MS);
}, BEAT_MS);

document.addEventListener("htmx:afterSettle", watch);
document.addEventListener("polled", ({ detail }) => (at = detail.at || at));
addEventListener("pagehide", () => {
  if (!socket) return;
  socket.onclose = null;
  socket.close();
  socket = undefined;
});
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
addEventListener("online", open);
// Not before every script listens and htmx has looked at the page: what rings earlier would be heard by nobody.
document.addEventListener("DOMContentLoaded", open);
