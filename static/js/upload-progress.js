// How far the pictures for the composer have gone up; Send waits for them.
const isUpload = (element) => element.matches?.("[data-upload-input]");

function show(value) {
  const bar = document.querySelector("[data-upload-progress]");
  if (!bar) return;
  bar.hidden = value === null;
  bar.value = value ?? 0;
  document.querySelector("[data-send]")?.toggleAttribute("data-uploading", value !== null);
}

document.addEventListener("htmx:beforeRequest", ({ target }) => isUpload(target) && show(0));
document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  if (isUpload(target) && detail.lengthComputable) show((100 * detail.loaded) / detail.total);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => isUpload(detail.requestConfig.elt) && show(null));
