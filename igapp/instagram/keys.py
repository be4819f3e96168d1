"""An event's key: equal in every delivery of the same event, different for any other of the account.

Meta names most events by a message or comment id; the rest is told apart by sender, time and content.
"""

import hashlib
from datetime import datetime

from igapp.instagram import contents as say

KEY_LENGTH = 600
"""Bytes; longer keys, which no real id makes, become a hash that an index takes."""


def of(content: say.Content, sender_id: str | None, at: datetime | None, body: str) -> str:
    """Return the key; `body` tells apart what has neither id nor time."""
    word, found = word_for(content), platform_id(content)
    parts = [found, *_more(content, sender_id, at)] if found else _momentary(content, sender_id, at)
    key = ":".join([word, *map(str, parts or ["raw", _digest(body)])])
    return key if len(key.encode()) <= KEY_LENGTH else f"{word}:long:{_digest(key)}"


def word_for(content: say.Content) -> str:
    """Return the content's name in the ledger."""
    if isinstance(content, say.Comment) and content.is_live:
        return "live_comment"
    return type(content).__name__.lower()


def platform_id(content: say.Content) -> str | None:
    """Return the id of the message or comment that an event is about."""
    if isinstance(content, say.Comment):
        return content.comment_id
    if isinstance(content, say.Message | say.Unsend | say.Edit | say.Reaction | say.Read | say.Postback):
        return content.mid
    return None


def _more(content: say.Content, sender_id: str | None, at: datetime | None) -> list[object]:
    """What tells apart several events about one message."""
    if isinstance(content, say.Reaction):
        return [sender_id, content.action, at]
    if isinstance(content, say.Edit):
        return [at, _digest(content.text or "")] if content.count is None else [content.count]
    return [sender_id] if isinstance(content, say.Read) else []


def _momentary(content: say.Content, sender_id: str | None, at: datetime | None) -> list[object]:
    """What tells events without an id apart, where it is enough."""
    if isinstance(content, say.Read) and content.watermark:
        return [sender_id, content.watermark]
    if isinstance(content, say.Postback | say.Referral) and at:
        return [sender_id, at, _digest(repr(content))]
    return []


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
