// The text as Instagram will show it, so that the counter counts what is sent; the server decides (SPEC 6.8).
const LINK =
  /\[([^[\]\n]+)\]\((https?:\/\/[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)|(\[https?:\/\/[^\s[\]]+\])|(https?:\/\/[^\s[\]<>"]+)(\s?\[\4\])?/gi;
const TRAILING = ".,;:!?'\"“”‘’«»‹›…)]}。、，！？；：）」』】》";

const count = (text, sign) => text.split(sign).length - 1;

function withoutPunctuation(url) {
  let end = url.length;
  while (end && TRAILING.includes(url[end - 1])) {
    const head = url.slice(0, end);
    if (url[end - 1] === ")" && count(head, "(") >= count(head, ")")) break;
    end -= 1;
  }
  return [url.slice(0, end), url.slice(end)];
}

export function finalText(text, format) {
  return text.trim().replace(LINK, (whole, label, target, bracketed, url, already) => {
    if (label) return `${label} [${target}]`;
    if (bracketed || already || format === "plain") return whole;
    const [address, rest] = withoutPunctuation(url);
    return address.endsWith("://") ? whole : `${address}[${address}]${rest}`;
  });
}
