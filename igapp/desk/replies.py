"""Answering: an agent's direct message becomes an item and a send (SPEC 6)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import capacity, conversations, links, offers, sends, sessions, settings, timeline, windows
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Customer, Identity, Item, ItemKind, Send, SendKind, User

LIMIT = 640
"""Unicode code points of the final text (the article; a template limit of Meta's)."""
BYTE_LIMIT = 1000
"""Meta: bytes of UTF-8 in one direct message."""


def reply(customer: Customer, user: User, text: str, key: str, now: datetime, identity: Identity | None = None) -> Item:
    """Answer by direct message; the same `key` answers once. Refused with a sentence where it may not be."""
    conversations.current(customer)  # locked: of two equal requests the second one finds the first one's send
    done = db.session().scalar(sa.select(Send).where(Send.key == key))
    if done is not None and done.item is not None:
        return done.item
    identity, final = _checked(identity or writable_identity(customer), text, now)
    conversation = _taken(conversations.find_or_open(identity, identity.account, now), user, now)
    item = _item(conversation, identity, user, final, now)
    sends.queue(_send(item, identity, conversation, user, final, key), now)
    return item


def writable_identity(customer: Customer) -> Identity | None:
    """Return the identity that wrote last: a reply leaves by the account through which the message came."""
    wrote = [one for one in customer.identities if one.window_opened_at is not None]
    return max(wrote, key=lambda one: one.window_opened_at, default=None)  # type: ignore[arg-type, return-value]


def _checked(identity: Identity | None, text: str, now: datetime) -> tuple[Identity, str]:
    window = windows.window(identity, now)
    if identity is None or not window.is_open:
        raise Refused(window.reason or "This customer cannot be answered now.")
    final = links.final_text(identity.account, text.replace("\r\n", "\n").strip())
    if not final:
        raise Refused("Write a message first.")
    if len(final) > LIMIT:
        raise Refused(f"The message has {len(final)} characters; Instagram takes {LIMIT}. Shorten it or send two.")
    size = len(final.encode())
    if size > BYTE_LIMIT:
        raise Refused(f"The message takes {size} bytes; Instagram takes {BYTE_LIMIT}. Emoji and accents count more.")
    return identity, final


def _taken(conversation: Conversation, user: User, now: datetime) -> Conversation:
    """Replying in an unassigned conversation takes it, up to the maximum (SPEC 5.13)."""
    if conversation.agent_id is not None:
        return conversation
    offers.withdraw(conversation, f"{user.name} answered this customer.", now)
    most = settings.workflow().maximum_capacity
    if not capacity.take(user.id, below=most):
        raise Refused(f"You have {most} of {most} customers. Close one before you answer another.")
    if not conversation.open_sessions:
        capacity.free(user.id)
    conversations.assign(conversation, user, now, is_place_taken=bool(conversation.open_sessions))
    timeline.event(conversation, f"Taken by {user.name}, who answered", now, agent_id=user.id)
    return conversation


def _item(conversation: Conversation, identity: Identity, user: User, text: str, now: datetime) -> Item:
    at = max(now, conversation.last_item_at or now)
    item = Item(
        kind=ItemKind.REPLY,
        at=at,
        arrived_at=now,
        text=text,
        author=user,
        identity=identity,
        account=identity.account,
        session=sessions.open_dm(conversation, identity),
    )
    timeline.add(conversation, item)
    db.session().flush()
    return item


def _send(item: Item, identity: Identity, conversation: Conversation, user: User, text: str, key: str) -> Send:
    return Send(
        kind=SendKind.MESSAGE,
        account=identity.account,
        identity=identity,
        conversation_id=conversation.id,
        item=item,
        key=key,
        text=text,
        author_id=user.id,
    )
