// Pictures that no longer load become initials; a story that is no picture may be a video, else it is gone.
const isStory = (media) => media.parentElement?.matches("[data-story]");

function tryVideo(picture) {
  const video = document.createElement("video");
  Object.assign(video, { src: picture.src, controls: true, preload: "metadata" });
  video.setAttribute("aria-label", "Story");
  picture.replaceWith(video);
}

function giveUp(media) {
  const place = media.parentElement;
  media.remove();
  place.classList.add("story__media--gone");
  const words = place.parentElement.querySelector("[data-story-words]");
  if (words) words.textContent = "Story is no longer available";
}

function onError({ target }) {
  if (!(target instanceof HTMLImageElement || target instanceof HTMLVideoElement)) return;
  if (target.dataset.fallback === "remove") target.remove();
  else if (isStory(target)) (target instanceof HTMLImageElement ? tryVideo : giveUp)(target);
}

document.addEventListener("error", onError, true);
for (const picture of document.querySelectorAll("img")) {
  if (picture.complete && !picture.naturalWidth && picture.loading !== "lazy") onError({ target: picture });
}
