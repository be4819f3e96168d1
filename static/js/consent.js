// On one's own page: switching sounds on plays one; switching notifications on asks the browser, whose no is said.
import { play } from "./tones.js";

const refused = document.querySelector("[data-alerts-refused]");

async function ask(box) {
  refused.hidden = true;
  if (!box.checked) return;
  const answer = globalThis.Notification ? await Notification.requestPermission() : "denied";
  if (answer === "granted") return;
  box.checked = false;
  refused.hidden = false;
}

if (refused) {
  document.addEventListener("change", ({ target }) => {
    if (target.id === "has_sounds" && target.checked) play();
    if (target.id === "has_notifications") ask(target);
  });
}
