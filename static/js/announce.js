// Says once, politely, what a new banner asks; the banner never takes the focus.
const announcer = document.querySelector("[data-announcer]");
const said = new Set();

const isNew = ({ dataset }) => !said.has(dataset.alert) && said.add(dataset.alert);

function announce() {
  const news = [...document.querySelectorAll("[data-announce]")].filter(isNew);
  if (announcer && news.length) announcer.textContent = news.map((banner) => banner.dataset.announce).join(". ");
}

document.addEventListener("htmx:afterSettle", announce);
setTimeout(announce, 100);
