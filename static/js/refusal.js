// What could not be done is said, stays until it is dismissed, and says so when the server cannot be reached at all.
const said = document.querySelector("#said");

function say(words) {
  const notice = Object.assign(document.createElement("p"), { className: "notice", textContent: `${words} ` });
  notice.setAttribute("role", "alert");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Dismiss" });
  button.className = "button button--small button--ghost";
  button.dataset.dismiss = "";
  notice.append(button);
  said?.replaceChildren(notice);
}

document.addEventListener("click", ({ target }) => target.closest?.("[data-dismiss]")?.parentElement.remove());

// What somebody did; what the page asks by itself is asked again.
const BY_HAND = ["click", "submit", "input", "change"];
const isAsked = ({ requestConfig }) => requestConfig?.verb !== "get" || BY_HAND.includes(requestConfig.triggeringEvent?.type);
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (isAsked(detail)) say("The product could not be reached. Nothing was lost; try again.");
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!isAsked(detail)) return;
  const page = new DOMParser().parseFromString(detail.xhr.responseText, "text/html");
  say(page.querySelector("#refusal")?.textContent.trim() || "Something broke on our side. Try again.");
});

setInterval(() => {
  for (const notice of document.querySelectorAll("[data-fades]:not([data-fading])")) {
    notice.dataset.fading = "";
    setTimeout(() => notice.remove(), 20_000);
  }
}, 500);
