"""What happens to an item after it came: edited, unsent, reacted to, read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.desk import closing, conversations, media, sessions, timeline
from igapp.models import Channel, Identity, Item, ItemKind, MessagingSession

READ_WITH_MESSAGES = (ItemKind.REPLY, ItemKind.ECHO, ItemKind.AUTO_REPLY, ItemKind.PRIVATE_REPLY)
"""What of ours a customer sees by reading direct messages."""


def apply(kind: str, item: Item, at: datetime, details: dict[str, Any], now: datetime) -> None:
    """Apply one change ("read", "reaction", "edit", "unsend") to an item; applying it twice changes nothing."""
    _CHANGES[kind](item, at, details, now)
    timeline.changed(item.conversation)


def mark_seen(identity: Identity, up_to: datetime, at: datetime) -> None:
    """The customer has seen what we sent up to a moment; what came before the last such moment was seen then."""
    if identity.id is None:
        return
    since = identity.read_at
    unseen = sa.update(Item).where(
        Item.customer_id == identity.customer_id,
        Item.identity_id == identity.id,
        Item.kind.in_(READ_WITH_MESSAGES),
        Item.platform_id.is_not(None),
        Item.at <= up_to,
        Item.at > (since or utc.EPOCH),
        Item.seen_at.is_(None),
    )
    db.session().flush()
    db.session().execute(unseen.values(seen_at=at).execution_options(synchronize_session="fetch"))
    identity.read_at = max(since or up_to, up_to)
    bell.ring(f"customer:{identity.customer_id}")


def note_seen(item: Item) -> None:
    """What of ours appears after the customer had read on is seen already."""
    read_at = item.identity.read_at if item.identity is not None else None
    if read_at is not None and item.kind in READ_WITH_MESSAGES and item.at <= read_at and item.seen_at is None:
        item.seen_at = read_at


def _read(item: Item, at: datetime, _details: dict[str, Any], _now: datetime) -> None:
    if item.identity is not None:
        mark_seen(item.identity, item.at, at)


def _react(item: Item, at: datetime, details: dict[str, Any], _now: datetime) -> None:
    """A reaction replaces the former one; the newer of two counts, whichever comes first."""
    last = item.details.get("reacted_at")
    if item.is_deleted or (last is not None and last > at.isoformat()):
        return
    item.reaction = details.get("emoji")
    item.details = {**item.details, "reacted_at": at.isoformat()}


def _edit(item: Item, at: datetime, details: dict[str, Any], _now: datetime) -> None:
    """Edits count by their number; an older one that comes late takes its place among the earlier texts."""
    newest, text = int(item.details.get("edit", 0)), details.get("text")
    number = int(details.get("number") or newest + 1)
    if item.is_deleted or text is None:
        return
    if number < newest:
        item.edits = _with_late(item.edits or [], number, text, at)
    elif number > newest and text != item.text:
        item.edits = [*(item.edits or []), {"number": newest, "text": item.text, "until": at.isoformat()}]
        item.text, item.details = text, {**item.details, "edit": number}


def _with_late(edits: list[Any], number: int, text: str, at: datetime) -> list[Any]:
    """Return the earlier texts with one more in its place; the one before it stood until then."""
    numbers = [edit.get("number", place) for place, edit in enumerate(edits)]
    before = [edit for edit, its in zip(edits, numbers, strict=True) if its < number]
    if not before or number in numbers or before[-1]["text"] == text:
        return edits
    late = {"number": number, "text": text, "until": before[-1]["until"]}
    return [*before[:-1], {**before[-1], "until": at.isoformat()}, late, *edits[len(before) :]]


def _unsend(item: Item, at: datetime, _details: dict[str, Any], now: datetime) -> None:
    """Content and media go, time and sender stay; a due time that hung on it alone is cancelled (SPEC 2.5, 10.6)."""
    if item.is_deleted or item.removed_at is not None:
        return
    item.deleted_at, item.text, item.edits, item.reaction = at, None, None, None
    item.details = {}
    media.forget(item.attachments)
    session = item.session
    if session is None or not session.is_open or not item.wants_answer:
        return
    if session.channel == Channel.COMMENT:
        closing.gone(session, now)
    else:
        _recount(session, now)


def _recount(session: MessagingSession, now: datetime) -> None:
    conversation = conversations.lock(session.conversation)
    if session.is_open:
        with conversations.changing(conversation):
            db.session().flush()
            sessions.settle(session, session.answered_at or sessions.NOTHING, now)


_CHANGES: dict[str, Callable[[Item, datetime, dict[str, Any], datetime], None]] = {
    "read": _read,
    "reaction": _react,
    "edit": _edit,
    "unsend": _unsend,
}
