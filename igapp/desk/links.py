"""How links leave for Instagram (SPEC 6.8): `URL[URL]`, and `[label](URL)` as `label [URL]`; or plain."""

import re

from igapp.models import Account, LinkFormat

_LINK = re.compile(
    r"""
    \[(?P<label>[^\[\]\n]+)\]\((?P<target>https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)  # [label](URL)
    | (?P<bracketed>\[https?://[^\s\[\]]+\])  # the second half of label [URL]
    | (?P<url>https?://[^\s\[\]<>"]+)(?P<already>\s?\[(?P=url)\])?  # URL, perhaps followed by [URL]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TRAILING = ".,;:!?'\"“”‘’«»‹›…)]}。、，！？；：）」』】》"


def final_text(account: Account, text: str) -> str:
    """Return the text as Instagram will show it; this is what the counter counts."""
    is_plain = account.link_format == LinkFormat.PLAIN
    return _LINK.sub(lambda found: _formatted(found, is_plain), text)


def without_punctuation(url: str) -> tuple[str, str]:
    """Trailing punctuation belongs to the sentence; a closing bracket belongs to the URL if it opened there."""
    end = len(url)
    while end and url[end - 1] in _TRAILING:
        if url[end - 1] == ")" and url.count("(", 0, end) >= url.count(")", 0, end):
            break
        end -= 1
    return url[:end], url[end:]


def _formatted(found: re.Match[str], is_plain: bool) -> str:
    if found["label"]:
        return f"{found['label']} [{found['target']}]"
    if found["bracketed"] or found["already"] or is_plain:
        return found[0]
    url, rest = without_punctuation(found["url"])
    return found[0] if url.endswith("://") else f"{url}[{url}]{rest}"
