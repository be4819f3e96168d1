// What an element with data-live asked for and did not get is asked for again; meanwhile the page says that it is behind.
const AGAIN_MS = 2_000;

const isLive = () => document.querySelector("[data-connection]")?.dataset.state === "live";
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function ask({ elt, requestConfig }) {
  if (requestConfig?.verb !== "get" || !elt.dataset?.live) return;
  if (isLive()) tell("connection", { state: "late" });
  const topics = elt.dataset.live.split(" ");
  setTimeout(() => tell("rings", { topics }), AGAIN_MS * (1 + Math.random()));
}

document.addEventListener("htmx:sendError", ({ detail }) => ask(detail));
document.addEventListener("htmx:responseError", ({ detail }) => detail.xhr.status >= 500 && ask(detail));
