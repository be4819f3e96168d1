"""Texts from outside as markup: escaped, with their web addresses as links. Nothing in them is ever markup itself."""

import re
import unicodedata
from itertools import pairwise

from flask import current_app
from markupsafe import Markup, escape

from igapp import addresses
from igapp.desk import links, terms

_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"“”]+", re.IGNORECASE)
_ANCHOR = '<a class="link" href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>'
_MARK = Markup("<mark>{}</mark>")
EMOJI = (
    "😀😄😊🙂😉😍🥰😘"
    "🤗🤔😅😂🥲😢😭😱"
    "😴🤒🥳😎🤩🙈💪👏"
    "🙏👍👎👌🤞🤝👋🙌"
    "💚💙💛🧡💜🖤✨⭐"
    "🎉🎁🌸🌿🌞🍀🔥💡"
    "📦🚚🏠📷📍📅⏰💌"
    "✅❌❓❗🆗🔗🛒💳"
)
"""The ones that a company's answers need, all of one character."""


def linked(text: str | None) -> Markup:
    """Return a text with its addresses as links that tell the other site nothing about ours."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text or ""):
        address, _rest = links.without_punctuation(found[0])
        parts += [escape((text or "")[end : found.start()]), _link(address)]
        end = found.start() + len(address)
    return Markup("").join([*parts, escape((text or "")[end:])])


def marked(line: str, question: str) -> Markup:
    """Return a line with the beginnings that were searched for marked; the line itself is escaped."""
    ends = [0, *(place for span in terms.places(line, terms.of(question)) for place in span), len(line)]
    parts = [line[begin:end] for begin, end in pairwise(ends)]
    return Markup("").join(_MARK.format(part) if place % 2 else escape(part) for place, part in enumerate(parts))


def spoken(emoji: str) -> str:
    """Return how an emoji is called: "grinning face"."""
    return unicodedata.name(emoji[0], "emoji").lower()


def is_showable(url: str | None) -> bool:
    """Whether the page's content policy lets a picture or video be loaded from there."""
    server, graph = addresses.server(url), addresses.server(current_app.extensions["config"].graph_base_url)
    if server is None or graph is None or server.scheme not in ("https", "http"):
        return False
    return server.is_metas or server.host == graph.host


def is_web_address(url: str | None) -> bool:
    """Whether a URL from outside may become a link."""
    return (url or "").startswith(("https://", "http://"))


def _link(address: str) -> Markup:
    return Markup(_ANCHOR).format(address)  # noqa: S704 - a constant; format() escapes what goes in
