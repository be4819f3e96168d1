// Says once, politely, what a new banner asks; the banner never takes the focus.
const announcer = document.querySelector("[data-announcer]");
const said = new Set();

function announce() {
  for (const banner of document.querySelectorAll("[data-announce]")) {
    if (said.has(banner.id)) continue;
    said.add(banner.id);
    if (announcer) announcer.textContent = banner.dataset.announce;
  }
}

document.addEventListener("htmx:afterSettle", announce);
setTimeout(announce, 100);
