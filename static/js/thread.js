// The thread opens at what is new; older messages load above without moving what is read; own replies are shown.
const log = document.querySelector("[data-timeline]");

if (log) {
  const fresh = log.querySelector(".day--new");
  if (fresh) fresh.scrollIntoView({ block: "center" });

  document.addEventListener("htmx:beforeSwap", ({ target }) => {
    if (target.matches?.(".older")) log.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    log.removeAttribute("aria-busy");
    if (detail.requestConfig?.elt.matches("[data-send], [data-send-anyway]")) log.scrollTo({ top: 0 });
  });
}

// What was just sent comes with the answer; the ring may have brought it already.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  for (const item of detail.fragment.querySelectorAll("article[id]")) {
    if (document.getElementById(item.id)) (item.closest(".post") ?? item).remove();
  }
});
