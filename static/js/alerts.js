// Each new banner makes a sound in one tab and, while this tab is hidden, shows a notification that goes with the banner.
import { play } from "./tones.js";

const REMEMBERED = 50;
const wanted = (document.body.dataset.alerts || "").split(" ");
const shown = new Map();

// Tabs and pages share what has been heard, so that the next page does not begin with the sound of this one's banner.
function isNew(id) {
  const heard = JSON.parse(localStorage.getItem("heard") || "[]");
  if (heard.includes(id)) return false;
  localStorage.setItem("heard", JSON.stringify([...heard, id].slice(-REMEMBERED)));
  return true;
}

function notify({ id, dataset }) {
  if (!wanted.includes("notifications") || globalThis.Notification?.permission !== "granted") return;
  try {
    const one = new Notification(dataset.attention, { body: dataset.announce, tag: id });
    one.onclick = () => {
      window.focus();
      one.close();
    };
    shown.set(id, { one, said: dataset.announce });
  } catch {
    // some phones have notifications for service workers alone
  }
}

// What was unsent, taken or answered is not to stay on the screen.
function clear() {
  for (const [id, { one, said }] of shown) {
    if (document.getElementById(id)?.dataset.announce === said) continue;
    one.close();
    shown.delete(id);
  }
}

function alertAll() {
  clear();
  const fresh = [...document.querySelectorAll("[data-alert]")].filter((banner) => isNew(banner.dataset.alert));
  if (!fresh.length) return;
  if (wanted.includes("sounds")) play();
  if (document.hidden) fresh.forEach(notify);
}

document.addEventListener("htmx:afterSettle", alertAll);
alertAll();
