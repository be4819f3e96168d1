// Keeps "3 min" true in lists; days and dates are the server's words.
const words = (seconds) => {
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : "";
};

setInterval(() => {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = words((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (text && time.textContent !== text) time.textContent = text;
  }
}, 20_000);
