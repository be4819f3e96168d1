// Pictures for the composer: by button, drop or paste; too many or too much is said before anything is uploaded.
const tray = () => document.querySelector("[data-uploads]");
const input = () => tray()?.querySelector("[data-upload-input]");
const isOurs = (element) => element.matches?.("[data-upload-input]");

function problemWith(files) {
  const { most, mostBytes } = tray().dataset;
  const before = tray().querySelectorAll(".upload").length;
  const strange = files.find((file) => file.type && !/^image\/(jpeg|png|gif)$/.test(file.type));
  if (strange) return `“${strange.name}” cannot be sent. JPEG, PNG and GIF pictures can; videos and other files cannot.`;
  if (before + files.length > most) return `At most ${most} pictures can be sent at once.`;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return size > mostBytes ? "Together the pictures may have 5 MB. Leave some out, or make them smaller." : "";
}

function say(words) {
  const place = tray().querySelector("[data-upload-problem]");
  place.textContent = words;
  place.hidden = !words;
}

function take(files) {
  if (!files.length || !input()) return;
  const list = new DataTransfer();
  for (const file of files) list.items.add(file);
  input().files = list.files;
  input().dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", ({ target }) => target.closest("[data-attach]") && input()?.click());
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || !event.target.closest?.("[data-composer]")) return;
  event.preventDefault();
  take(files);
});

const isDrop = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.(".thread") && input();
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!isDrop(event)) return;
    event.preventDefault();
    if (name === "drop") take([...event.dataTransfer.files]);
  });
}

document.addEventListener("htmx:confirm", (event) => {
  if (!isOurs(event.target)) return;
  const words = problemWith([...event.target.files]);
  say(words);
  if (!words) return;
  event.preventDefault();
  event.target.value = "";
});

// What is given while others go up waits for them: the answer brings another input, and the old one's changes are lost with it.
let isUploading = false;
const waiting = [];
document.addEventListener(
  "change",
  (event) => {
    if (!isUploading || !isOurs(event.target)) return;
    event.stopImmediatePropagation();
    waiting.push(...event.target.files);
    event.target.value = "";
  },
  { capture: true },
);
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (isOurs(target)) isUploading = true;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isOurs(detail.requestConfig.elt)) return;
  isUploading = false;
  take(waiting.splice(0));
});
