// Presses buttons without leaving the page, and says what happened.

const said = document.querySelector("[data-said]");

async function press(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/plain" } });
  said.textContent = await answer.text();
  said.toggleAttribute("data-wrong", !answer.ok);
  if (!answer.ok) return;
  form.querySelectorAll("input[name=text]").forEach((field) => { field.value = ""; });
  document.dispatchEvent(new CustomEvent("sandbox:changed"));
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-quiet]")) return;
  event.preventDefault();
  press(event.target, event.submitter).catch(() => {
    said.textContent = "The sandbox does not answer.";
    said.toggleAttribute("data-wrong", true);
  });
});
