// Says that one is here, and typing, by asking who else is: only while the page is looked at.
const AGAIN_MS = 3_000;
const STILL_MS = 4_000;
const place = () => document.querySelector("[data-viewers]");

let typedAt = -STILL_MS;
let saidAt = -AGAIN_MS;

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt !== place()) return;
  if (document.visibilityState !== "visible") event.preventDefault();
  else if (performance.now() - typedAt < STILL_MS) parameters.typing = "1";
});

document.addEventListener("input", ({ target }) => {
  if (target.id !== "message" || !place()) return;
  typedAt = performance.now();
  if (typedAt - saidAt < AGAIN_MS) return;
  saidAt = typedAt;
  htmx.trigger(place(), "typing");
});

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && place() && htmx.trigger(place(), "ring"));
