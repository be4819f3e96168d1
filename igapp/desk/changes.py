"""What happens to an item after it came: edited, unsent, reacted to, read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db
from igapp.desk import conversations, sessions, timeline
from igapp.models import Identity, Item, ItemKind, MediaState


def apply(kind: str, item: Item, at: datetime, details: dict[str, Any], now: datetime) -> None:
    """Apply one change ("read", "reaction", "edit", "unsend") to an item; applying it twice changes nothing."""
    _CHANGES[kind](item, at, details, now)
    timeline.changed(item.conversation)


def mark_seen(identity: Identity, up_to: datetime, at: datetime) -> None:
    """The customer has seen what we sent up to a moment."""
    identity.read_at = max(identity.read_at or up_to, up_to)
    unseen = sa.update(Item).where(
        Item.identity_id == identity.id,
        Item.is_inbound.is_(False),
        Item.platform_id.is_not(None),
        Item.at <= up_to,
        Item.seen_at.is_(None),
        Item.kind != ItemKind.EVENT,
    )
    db.session().flush()
    db.session().execute(unseen.values(seen_at=at).execution_options(synchronize_session="fetch"))
    bell.ring(f"customer:{identity.customer_id}")


def _read(item: Item, at: datetime, _details: dict[str, Any], _now: datetime) -> None:
    if item.identity is not None:
        mark_seen(item.identity, item.at, at)


def _react(item: Item, at: datetime, details: dict[str, Any], _now: datetime) -> None:
    """A reaction replaces the former one; the newer of two counts, whichever comes first."""
    last = item.details.get("reacted_at")
    if last is not None and last > at.isoformat():
        return
    item.reaction = details.get("emoji")
    item.details = {**item.details, "reacted_at": at.isoformat()}


def _edit(item: Item, at: datetime, details: dict[str, Any], _now: datetime) -> None:
    """Edits count by their number; an older one that comes late changes nothing."""
    number, text = int(details.get("number") or 0), details.get("text")
    if item.is_deleted or text is None or number <= int(item.details.get("edit", 0)) or text == item.text:
        return
    item.edits = [*(item.edits or []), {"text": item.text, "until": at.isoformat()}]
    item.text, item.details = text, {**item.details, "edit": number}


def _unsend(item: Item, at: datetime, _details: dict[str, Any], now: datetime) -> None:
    """Content and media go, time and sender stay; a due time that hung on it alone is cancelled (SPEC 2.5)."""
    if item.is_deleted:
        return
    item.deleted_at, item.text, item.edits, item.reaction = at, None, None, None
    item.details = {}
    for attachment in item.attachments:
        attachment.url = attachment.title = None
        attachment.state, attachment.details, attachment.next_try_at = MediaState.NONE, {}, None
    if item.session is not None and item.session.is_open and item.wants_answer:
        _recount(item, now)


def _recount(item: Item, now: datetime) -> None:
    session, identity = item.session, item.identity
    if session is None or identity is None:
        return
    conversation = conversations.lock(item.conversation)
    with conversations.changing(conversation):
        db.session().flush()
        sessions.answer(session, identity.account, session.answered_at or sessions.NOTHING, now)
        if conversation.agent_id is None:
            session.ends_at = None


_CHANGES: dict[str, Callable[[Item, datetime, dict[str, Any], datetime], None]] = {
    "read": _read,
    "reaction": _react,
    "edit": _edit,
    "unsend": _unsend,
}
