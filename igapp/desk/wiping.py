"""Deleting what belongs to customers, a batch at a time, with everything that hangs on it.

Each verb deletes one batch and returns what went, by name; nothing left returns an empty counter.
What is kept for reports are numbers alone.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db, storage
from igapp.models import (
    Attachment,
    AuditEntry,
    ContactPoint,
    Conversation,
    ConversationTopic,
    Customer,
    CustomerDetail,
    Draft,
    Event,
    Identity,
    Item,
    MatchDismissal,
    Mention,
    MessagingSession,
    Offer,
    Outcome,
    PendingChange,
    Send,
    Upload,
)

ITEMS_AT_ONCE = 200
"""Items that one slice deletes: some tens of milliseconds."""
CONVERSATIONS_AT_ONCE = 50
"""Conversations that one slice deletes."""
EVENTS_AT_ONCE = 500
"""Ledger rows that one slice blanks."""

ERASED = "What it said was erased."


def items(which: sa.ColumnElement[bool]) -> Counter[str]:
    """Delete items with their attachments' bytes, their sends and mentions; the search index follows by itself."""
    ids = _ids(Item.id, which, ITEMS_AT_ONCE)
    if not ids:
        return Counter()
    gone = Counter(items=len(ids), files=_attachments(ids))
    _pending_changes(ids)
    gone["sends"] = _delete(Send, sa.or_(Send.item_id.in_(ids), Send.target_id.in_(ids)))
    _delete(Mention, Mention.item_id.in_(ids))
    _delete(Item, Item.id.in_(ids))
    return gone


def conversations(which: sa.ColumnElement[bool]) -> Counter[str]:
    """Delete conversations that have no items left, with their sessions, offers and topics."""
    ids = _ids(Conversation.id, which, CONVERSATIONS_AT_ONCE)
    if not ids:
        return Counter()
    gone = Counter(conversations=len(ids))
    gone["sends"] = _delete(Send, Send.conversation_id.in_(ids))
    for table in (Offer, ConversationTopic):
        _delete(table, table.conversation_id.in_(ids))
    gone["sessions"] = _delete(MessagingSession, MessagingSession.conversation_id.in_(ids))
    _delete(Conversation, Conversation.id.in_(ids))
    return gone


def uploads(customer_ids: Collection[int]) -> Counter[str]:
    """Delete pictures that were attached and not sent."""
    rows = db.session().execute(sa.select(Upload.id, Upload.storage_key).where(Upload.customer_id.in_(customer_ids)))
    found = rows.all()
    storage.drop_later(*(row.storage_key for row in found))
    _delete(Upload, Upload.id.in_([row.id for row in found]))
    return Counter(files=len(found)) if found else Counter()


def details(customer_ids: Collection[int]) -> Counter[str]:
    """Delete contact and customer details, drafts, dismissed matches, and what the audit log quotes of them."""
    gone: Counter[str] = Counter()
    for table, name in ((ContactPoint, "contacts"), (CustomerDetail, "details"), (Draft, "drafts")):
        gone[name] = _delete(table, table.customer_id.in_(customer_ids))
    _delete(MatchDismissal, MatchDismissal.first_id.in_(customer_ids))
    _delete(MatchDismissal, MatchDismissal.second_id.in_(customer_ids))
    about = AuditEntry.subject.in_([str(one) for one in customer_ids])
    quoted = sa.update(AuditEntry).where(AuditEntry.action.startswith("customer."), about)
    db.change(quoted.values(details={}))
    return +gone


def snapshots(customer_ids: Collection[int], account_id: int) -> None:
    """Take what an account knew of customers out of the audit log's snapshots of their merges."""
    about = AuditEntry.subject.in_([str(one) for one in customer_ids])
    for entry in db.session().scalars(sa.select(AuditEntry).where(AuditEntry.action == "customer.merged", about)):
        entry.details = {side: _unknown_to(account_id, profile) for side, profile in entry.details.items()}


def customers(customer_ids: Collection[int]) -> Counter[str]:
    """Delete customers and their identities, once nothing else is left of them."""
    _delete(Identity, Identity.customer_id.in_(customer_ids))
    _delete(Customer, Customer.merged_into_id.in_(customer_ids))
    return +Counter(customers=_delete(Customer, Customer.id.in_(customer_ids)))


def events(which: sa.ColumnElement[bool], now: datetime) -> Counter[str]:
    """Blank ledger rows: outcome and times stay, so that the ledger's counts stay true."""
    ids = _ids(Event.id, sa.and_(which, Event.body != ""), EVENTS_AT_ONCE)
    if not ids:
        return Counter()
    _kept_changes(ids)
    unapplied = sa.update(Event).where(Event.id.in_(ids), Event.outcome.in_((Outcome.PENDING, Outcome.FAILED)))
    db.change(unapplied.values(outcome=Outcome.IGNORED, ended_at=now))
    key = sa.literal("erased:") + sa.cast(Event.id, sa.Text)
    blank = {"body": "", "igsid": None, "platform_id": None, "item_id": None, "event_key": key, "reason": ERASED}
    return Counter(events=db.change(sa.update(Event).where(Event.id.in_(ids)).values(blank)))


def rows(table: Any, which: sa.ColumnElement[bool], limit: int = EVENTS_AT_ONCE) -> int:
    """Delete one batch of rows on which nothing hangs."""
    ids = _ids(table.id, which, limit)
    return _delete(table, table.id.in_(ids)) if ids else 0


def _attachments(item_ids: Sequence[int]) -> int:
    found = db.session().execute(
        sa.select(Attachment.storage_key, Attachment.preview_key).where(Attachment.item_id.in_(item_ids))
    )
    storage.drop_later(*(key for pair in found for key in pair))
    return _delete(Attachment, Attachment.item_id.in_(item_ids))


def _pending_changes(item_ids: Sequence[int]) -> None:
    named = sa.select(Item.account_id, Item.platform_id).where(Item.id.in_(item_ids), Item.platform_id.is_not(None))
    _delete(PendingChange, sa.tuple_(PendingChange.account_id, PendingChange.platform_id).in_(named))


def _unknown_to(account_id: int, profile: dict[str, Any]) -> dict[str, Any]:
    """Of a profile that no other account knew, the number is left."""
    left = [named for named in profile["identities"] if named[0] != account_id]
    return profile | {"identities": left} if left else {"id": profile["id"], "identities": []}


def _kept_changes(event_ids: Sequence[int]) -> None:
    """Edits and reactions whose messages never came hang on nothing but their ids."""
    named = sa.select(Event.platform_id).where(Event.id.in_(event_ids), Event.platform_id.is_not(None))
    _delete(PendingChange, PendingChange.platform_id.in_(named))


def _ids(column: Any, which: sa.ColumnElement[bool], limit: int) -> Sequence[int]:
    return db.session().scalars(sa.select(column).where(which).order_by(column).limit(limit)).all()


def _delete(table: Any, which: sa.ColumnElement[bool]) -> int:
    return db.change(sa.delete(table).where(which))
