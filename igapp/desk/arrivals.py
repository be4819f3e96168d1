"""What follows when something arrives from a customer, or was sent from the Instagram app.

Each verb applies one event to identity, conversation, session, timeline and due times.
"""

from datetime import datetime
from typing import Any

from igapp import utc
from igapp.desk import (
    arrived,
    auto_replies,
    changes,
    conversations,
    customers,
    pending,
    sends,
    sessions,
    timeline,
)
from igapp.desk.arrived import Arrival, ArrivedAttachment, ArrivedComment
from igapp.models import AttachmentKind, Conversation, Identity, Item, ItemKind, MessagingSession

__all__ = ["Arrival", "ArrivedAttachment", "ArrivedComment"]

AHEAD_SECONDS = 60
"""A platform time further ahead of our clock is not believed."""
OPENS_WINDOW = (
    ItemKind.MESSAGE,
    ItemKind.STORY_MENTION,
    ItemKind.STORY_REPLY,
    ItemKind.POSTBACK,
    ItemKind.UNSUPPORTED,
)
"""Kinds that open the reply window at Meta (S5)."""


def receive(identity: Identity, arrival: Arrival, now: datetime) -> Item:
    """Put what a customer sent into the timeline; it opens or continues conversation and session, and the SLA."""
    known = pending.known_item(identity.account.id, arrival.platform_id)
    if known is not None:
        return known
    item = _item(identity, arrived.message(arrival, _believable(arrival.at, now), now))
    item.is_inbound = True
    item.wants_answer = arrival.wants_answer and not identity.customer.is_blocked and not _is_settled(identity, item.at)
    conversation = _conversation_for(identity, item, now)
    if item.wants_answer:
        _wait(conversation, sessions.dm(conversation, identity, now), item, now)
    timeline.add(conversation, item)
    if item.kind in OPENS_WINDOW:
        identity.window_opened_at = max(identity.window_opened_at or item.at, item.at)
    customers.want_profile(identity, now)
    pending.apply_to(item, identity.account.id, now)
    if item.wants_answer:
        auto_replies.answer(conversation, identity, now)
    return item


def receive_echo(identity: Identity, arrival: Arrival, now: datetime) -> Item | None:
    """A message of ours came back: of our own send it settles that, else someone wrote in the Instagram app.

    Returns None where Echo is off and the message is none of our sends (SPEC 9).
    """
    known = pending.known_item(identity.account.id, arrival.platform_id)
    if known is not None:
        return known
    at = _believable(arrival.at, now)
    has_picture = any(one.kind == AttachmentKind.IMAGE for one in arrival.attachments)
    own = sends.settle_by_echo(identity, arrival.platform_id, arrival.text, has_picture, at, now)
    if own is not None:
        return own.item
    if not identity.account.is_echo_on:
        return None
    item = _item(identity, arrived.message(arrival, at, now))
    conversation = (
        _wrote_in_app(identity, item, now) if arrival.wants_answer else _conversation_for(identity, item, now)
    )
    timeline.add(conversation, item)
    changes.note_seen(item)
    pending.apply_to(item, identity.account.id, now)
    return item


def receive_comment(identity: Identity, comment: ArrivedComment, now: datetime) -> Item:
    """A top-level comment is an item under its post and a session of its own (SPEC 10.1)."""
    known = pending.known_item(identity.account.id, comment.comment_id)
    if known is not None:
        return known
    item = _item(identity, arrived.comment(comment, _believable(comment.at, now), now))
    item.wants_answer = not identity.customer.is_blocked
    conversation = _conversation_for(identity, item, now)
    if item.wants_answer:
        _wait(conversation, sessions.comment(conversation, identity, comment.comment_id, now), item, now)
    timeline.add(conversation, item)
    customers.want_profile(identity, now)
    pending.apply_to(item, identity.account.id, now)
    return item


def receive_read(identity: Identity, platform_id: str | None, at: datetime, now: datetime) -> bool:
    """The customer read everything up to a message (or up to `at`); returns False where it is not known yet."""
    if platform_id is not None:
        return _change(identity, platform_id, "read", at, now)
    changes.mark_seen(identity, _believable(at, now), _believable(at, now))
    return True


def receive_reaction(identity: Identity, platform_id: str, emoji: str | None, at: datetime, now: datetime) -> bool:
    """The customer reacted (or took it back: None); returns False where the message is not known yet."""
    return _change(identity, platform_id, "reaction", at, now, emoji=emoji)


def receive_edit(
    identity: Identity, platform_id: str, text: str | None, at: datetime, now: datetime, number: int | None
) -> bool:
    """The customer edited a message, for the `number`th time where that is said; returns as the others do."""
    return _change(identity, platform_id, "edit", at, now, text=text, number=number)


def receive_unsend(identity: Identity, platform_id: str, at: datetime, now: datetime) -> bool:
    """The customer (or the company, in the app) took a message back; returns False where it is not known yet."""
    return _change(identity, platform_id, "unsend", at, now)


def _change(identity: Identity, platform_id: str, kind: str, at: datetime, now: datetime, **details: Any) -> bool:
    item, at = pending.known_item(identity.its_account_id, platform_id), _believable(at, now)
    if item is None:
        pending.keep(identity, platform_id, kind, at, **details)
        return False
    changes.apply(kind, item, at, details, now)
    return True


def _believable(at: datetime, now: datetime) -> datetime:
    return at if at <= now + utc.seconds(AHEAD_SECONDS) else now


def _is_settled(identity: Identity, at: datetime) -> bool:
    """A late arrival does not open again what was answered after it (SPEC 2.3)."""
    return identity.answered_at is not None and at <= identity.answered_at


def _item(identity: Identity, item: Item) -> Item:
    item.identity, item.account = identity, identity.account
    return item


def _conversation_for(identity: Identity, item: Item, now: datetime) -> Conversation:
    """What is no new work joins the current matter, else the last one, else a closed one of its own."""
    if item.wants_answer:
        return conversations.find_or_open(identity, identity.account, now)
    customer = identity.customer
    known = conversations.current(customer) or conversations.last(customer)
    return known or conversations.open_closed(identity, identity.account, item.at)


def _wrote_in_app(identity: Identity, item: Item, now: datetime) -> Conversation:
    """Someone answered (or began) in the Instagram app: it clears the SLA, and routes what was not open (9.1)."""
    found = conversations.current(identity.customer)
    session = sessions.open_dm(found, identity) if found is not None else None
    if session is None and _is_history(identity, item.at):
        return _conversation_for(identity, item, now)
    conversation = conversations.find_or_open(identity, identity.account, now)
    with conversations.changing(conversation):
        conversation.knocked_at = None  # what was news is answered
        item.session = sessions.dm(conversation, identity, now, start_reason="echo")
        sessions.answered(conversation, identity, item.at, now)
    if conversation.agent_id is None:
        conversations.look_for_agent()
    return conversation


def _is_history(identity: Identity, at: datetime) -> bool:
    """Whether an echo opens nothing: it belongs to what was answered, or ended, after it."""
    if identity.customer.is_blocked or _is_settled(identity, at) or sessions.ended_after(identity, at):
        return True
    former = None if conversations.current(identity.customer) else conversations.last(identity.customer)
    return former is not None and former.closed_at is not None and at <= former.closed_at


def _wait(conversation: Conversation, session: MessagingSession, item: Item, now: datetime) -> None:
    """It waits for an answer in its session; nobody's agent, or routing, learns of it."""
    item.session = session
    with conversations.changing(conversation):
        sessions.wait_for_answer(session, session.identity.account, item.at)
    if conversation.agent_id is None:
        conversations.look_for_agent()
    else:
        conversation.knocked_at = now
