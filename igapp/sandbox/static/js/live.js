// Keeps the page true: asks once a second what changed, and merges it in by id.

const page = document.querySelector("[data-live]");
const PAUSE = 1000;
let seen = "";

async function look() {
  if (document.hidden) return;
  const answer = await fetch(page.dataset.live, { headers: seen ? { "If-None-Match": seen } : {} });
  if (answer.status !== 200) return;
  seen = answer.headers.get("ETag") ?? "";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of fresh.querySelectorAll("[data-merge]")) {
    const place = document.getElementById(region.id);
    if (place) merge(place, region);
  }
}

function merge(place, fresh) {
  const wasAtEnd = atEnd(place);
  const kept = new Set([...fresh.children].map((child) => child.id));
  [...place.children].filter((child) => !kept.has(child.id)).forEach((child) => child.remove());
  [...fresh.children].forEach((child, at) => put(place, child, at));
  if ("newest" in place.dataset && wasAtEnd) place.scrollTop = place.scrollHeight;
}

function put(place, fresh, at) {
  const here = place.children[at];
  const old = document.getElementById(fresh.id);
  const next = document.importNode(fresh, true);
  if (!old || old.parentElement !== place) place.insertBefore(next, here ?? null);
  else if (old.outerHTML !== next.outerHTML) replace(old, next);
  else if (old !== here) place.insertBefore(old, here ?? null);
}

function replace(old, next) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(next);
  if (focused) document.getElementById(focused)?.focus();
}

function atEnd(place) {
  return place.scrollHeight - place.scrollTop - place.clientHeight < 60;
}

async function keepLooking() {
  try {
    await look();
  } catch {
    seen = "";
  }
  setTimeout(keepLooking, PAUSE);
}

document.addEventListener("sandbox:changed", () => look().catch(() => {}));
document.querySelectorAll("[data-newest]").forEach((log) => { log.scrollTop = log.scrollHeight; });
keepLooking();
