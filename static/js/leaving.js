// Where an answer leads to another page nothing more is done on this one: what is pressed twice, or held down, happens once.
const AT_MOST_MS = 5_000; // who stops the page from loading goes on here
let isLeaving = false;

document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (!detail.xhr.getResponseHeader("HX-Redirect")) return;
  isLeaving = true;
  setTimeout(() => (isLeaving = false), AT_MOST_MS);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLeaving && event.detail.requestConfig.verb !== "get") event.preventDefault();
});
