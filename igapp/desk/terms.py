"""Words of questions and of texts as searches compare them: without case, accents and signs, on every database."""

import re
import unicodedata

LINE_LENGTH = 160
"""Characters of the matching line that a result shows."""
WORDS_LIMIT = 10
"""Words of a question that count."""

_ACCENTS = re.compile("[\u0300-\u036f]+")
_NO_LETTERS = re.compile("[\ufe00-\ufe0f\u20d0-\u20ff]")
"""Marks that choose how an emoji looks."""


def of(question: str) -> list[str]:
    """Return the words of a question; signs and underscores part them, as in "ana_l.shop"."""
    kept = "".join(sign if _belongs(sign) else " " for sign in _NO_LETTERS.sub("", question))
    return [word for word in kept.split() if any(map(str.isalnum, word))][:WORDS_LIMIT]


def emoji_of(question: str) -> list[str]:
    """Return the emoji of a question without their colours and joints."""
    return [sign for sign in dict.fromkeys(question) if unicodedata.category(sign) == "So"][:WORDS_LIMIT]


def plain(text: str) -> str:
    """Return a text without accents and special forms of letters, as Postgres' indexes have it (NFKD)."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text))


def begins(text: str, words: list[str]) -> bool:
    """Whether a text has the words, and one that begins as the last."""
    there = set(re.findall(r"[^\W_]+", plain(text).casefold()))
    *whole, beginning = [plain(word).casefold() for word in words]
    return there.issuperset(whole) and any(word.startswith(beginning) for word in there)


def places(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Return from where to where in a text something begins as one of the words, in order."""
    longest_first = sorted({_alike(word) for word in words}, key=len, reverse=True)
    pattern = "|".join(re.escape(word) for word in longest_first)
    return [found.span() for found in re.finditer(rf"(?<![^\W_])(?:{pattern})", _alike(text))] if pattern else []


def line_around(text: str, words: list[str]) -> str:
    """Return the part of a text around the first word that matches, on one line."""
    flat = " ".join(text.split())
    first, _ = next(iter(places(flat, words)), (0, 0))
    start = max(0, first - LINE_LENGTH // 3)
    part = flat[start : start + LINE_LENGTH]
    return ("…" if start else "") + part + ("…" if start + LINE_LENGTH < len(flat) else "")


def _belongs(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def _alike(text: str) -> str:
    """Return a text whose letters are compared without case and accents, each in its place."""
    return "".join(unicodedata.normalize("NFKD", sign)[0].casefold()[0] for sign in text)
