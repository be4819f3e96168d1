// What an element with data-live asked for and did not get is asked for again; meanwhile the page says that it is behind.
const AGAIN_MS = 2_000; // twice as long after each failure, so that what is down is not asked by every page at once
const MOST_DOUBLINGS = 4;
const failures = new WeakMap();

const isLive = () => document.querySelector("[data-connection]")?.dataset.state === "live";
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function pause(elt) {
  const before = failures.get(elt) ?? 0;
  failures.set(elt, before + 1);
  return AGAIN_MS * 2 ** Math.min(before, MOST_DOUBLINGS) * (1 + Math.random());
}

function ask({ elt, requestConfig }) {
  if (requestConfig?.verb !== "get" || !elt.dataset?.live) return;
  if (isLive()) tell("connection", { state: "late" });
  const topics = elt.dataset.live.split(" ");
  setTimeout(() => tell("rings", { topics }), pause(elt));
}

document.addEventListener("htmx:sendError", ({ detail }) => ask(detail));
document.addEventListener("htmx:responseError", ({ detail }) => detail.xhr.status >= 500 && ask(detail));
document.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && failures.delete(detail.elt));
