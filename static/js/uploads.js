// Pictures for the composer: by button, drop or paste; too many or too much is said before anything is uploaded.
const tray = () => document.querySelector("[data-uploads]");
const input = () => tray()?.querySelector("[data-upload-input]");

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
  if (!event.target.matches?.("[data-upload-input]")) return;
  const words = problemWith([...event.target.files]);
  say(words);
  if (!words) return;
  event.preventDefault();
  event.target.value = "";
});

const progress = (value) => {
  const bar = tray()?.querySelector("[data-upload-progress]");
  const send = document.querySelector("[data-send]");
  if (!bar) return;
  bar.hidden = value === null;
  bar.value = value ?? 0;
  send?.toggleAttribute("data-uploading", value !== null);
};
document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  if (target.matches?.("[data-upload-input]") && detail.lengthComputable) progress((100 * detail.loaded) / detail.total);
});
document.addEventListener("htmx:beforeRequest", ({ target }) => target.matches?.("[data-upload-input]") && progress(0));
document.addEventListener("htmx:afterRequest", ({ detail }) => detail.requestConfig.elt.matches("[data-upload-input]") && progress(null));
