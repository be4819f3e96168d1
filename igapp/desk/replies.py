"""Answering: an agent's direct message becomes an item and a send (SPEC 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import (
    capacity,
    conversations,
    links,
    offers,
    sends,
    sessions,
    settings,
    staleness,
    timeline,
    uploads,
    windows,
)
from igapp.desk.refusal import Refused
from igapp.models import Account, Conversation, Customer, Identity, Item, ItemKind, Send, SendKind, Upload, User

LIMIT = 640
"""Unicode code points of the final text (the article; a template limit of Meta's)."""
BYTE_LIMIT = 1000
"""Meta: bytes of UTF-8 in one direct message."""


@dataclass(frozen=True)
class Words:
    """What an agent wrote, the key that it was written under, and the number of what came last before their eyes.

    The same key answers once (S11). A thread that moved on since `seen` refuses once (S9); None sends anyway.
    """

    text: str
    key: str
    seen: int | None = None


def reply(customer: Customer, user: User, text: str, key: str, now: datetime, identity: Identity | None = None) -> Item:
    """Answer by direct message; the same `key` answers once. Refused with a sentence where it may not be."""
    return reply_with(customer, user, Words(text, key), (), now, identity)[0]


def reply_with(
    customer: Customer,
    user: User,
    words: Words,
    images: Sequence[Upload],
    now: datetime,
    identity: Identity | None = None,
) -> list[Item]:
    """Answer by direct message: the text, then each picture, as sends of their own in this order (D4).

    Returns their items; of an answer that was given already, the first. Refused with a sentence where it may not be.
    """
    conversation = conversations.current(customer)  # locked: the second of two equal requests finds the first
    done = sends.by_key(words.key)
    if done is not None and done.item is not None:
        return [done.item]
    identity = _writable(identity or writable_identity(customer), customer, now)
    final = checked_text(identity.account, words.text) if words.text.strip() or not images else None
    staleness.refuse_if_moved_on(customer, user, words.seen)
    conversation = taken(conversation or conversations.find_or_open(identity, identity.account, now), user, now)
    said = [_say(conversation, identity, user, final, words.key, now)] if final else []
    for number, image in enumerate(images):
        key = f"{words.key}:{number}" if said else words.key
        said.append(_show(conversation, identity, user, image, key, now))
    return said


def writable_identity(customer: Customer) -> Identity | None:
    """Return the identity that wrote last: a reply leaves by the account through which the message came."""
    wrote = [(one.window_opened_at, one) for one in customer.identities if one.window_opened_at is not None]
    return max(wrote, key=lambda pair: pair[0])[1] if wrote else None


def last_by(user_id: int, customer: Customer) -> int:
    """Return the number of the last message or reply that a user sent to a customer; 0 for none."""
    theirs = Send.identity_id.in_([one.id for one in customer.identities])
    last = sa.select(sa.func.max(Send.id)).where(theirs, Send.author_id == user_id, Send.item_id.is_not(None))
    return db.session().scalar(last) or 0


def checked_text(account: Account, text: str) -> str:
    """Return the final text, or raise Refused with what is wrong with it (SPEC 6.2)."""
    final = links.final_text(account, text.replace("\r\n", "\n").strip())
    if not final:
        raise Refused("Write a message first.")
    if len(final) > LIMIT:
        raise Refused(f"The message has {len(final)} characters; Instagram takes {LIMIT}. Shorten it or send two.")
    size = len(final.encode())
    if size > BYTE_LIMIT:
        raise Refused(f"The message takes {size} bytes; Instagram takes {BYTE_LIMIT}. Emoji and accents count more.")
    return final


def taken(conversation: Conversation, user: User, now: datetime) -> Conversation:
    """Replying in an unassigned conversation takes it, up to the maximum (SPEC 5.13)."""
    if conversation.customer.is_blocked:
        raise Refused("This customer is blocked. Unblock them to answer.")
    if conversation.agent_id is not None or conversation.is_closed:
        return conversation
    offers.withdraw(conversation, f"{user.name} answered this customer.", now)
    most = settings.workflow().maximum_capacity
    has_work = bool(conversation.open_sessions)
    if has_work and not capacity.take(user.id, below=most):
        raise Refused(f"You have {most} of {most} customers. Close one before you answer another.")
    conversations.assign(conversation, user, now, is_place_taken=has_work)
    timeline.event(conversation, f"Taken by {user.name}, who answered", now, agent_id=user.id)
    return conversation


def outgoing(
    conversation: Conversation, identity: Identity, user: User, text: str | None, kind: ItemKind, now: datetime
) -> Item:
    """Put what is about to be sent into the timeline, after everything that is there."""
    at = max(now, conversation.last_item_at or now)
    item = Item(
        kind=kind,
        at=at,
        arrived_at=now,
        text=text,
        author=user,
        identity=identity,
        account=identity.account,
        session=sessions.open_dm(conversation, identity),
        details={},
        attachments=[],
        actions=[],
        send=None,  # known to be none, so nobody asks the database
    )
    conversation.knocked_at = None  # what was news is being answered
    timeline.add(conversation, item)
    db.session().flush()
    return item


def _say(conversation: Conversation, identity: Identity, user: User, final: str, key: str, now: datetime) -> Item:
    item = outgoing(conversation, identity, user, final, ItemKind.REPLY, now)
    sends.queue(_send(SendKind.MESSAGE, item, key, final), now)
    return item


def _show(conversation: Conversation, identity: Identity, user: User, image: Upload, key: str, now: datetime) -> Item:
    item = outgoing(conversation, identity, user, None, ItemKind.REPLY, now)
    uploads.become(image, item)
    sends.queue(_send(SendKind.IMAGE, item, key, None), now)
    return item


def _send(kind: SendKind, item: Item, key: str, text: str | None) -> Send:
    account, identity = item.account, item.identity
    return Send(
        kind=kind,
        account=account,
        identity=identity,
        conversation_id=item.conversation.id,
        item=item,
        key=key,
        text=text,
        author_id=item.author.id if item.author else None,
    )


def _writable(identity: Identity | None, customer: Customer, now: datetime) -> Identity:
    window = windows.window(identity, now)
    if identity is None or not window.is_open or identity.customer_id != customer.id:
        raise Refused(window.reason or "This customer cannot be answered now.")
    return identity
