"""What follows when something arrives from a customer, or was sent from the Instagram app.

Each verb applies one event to identity, conversation, session, timeline and due times.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from igapp import db, utc
from igapp.desk import auto_replies, changes, conversations, customers, pending, sends, sessions, timeline
from igapp.models import (
    Attachment,
    AttachmentKind,
    Conversation,
    Identity,
    Item,
    ItemKind,
    MediaState,
    MessagingSession,
    Post,
)

STORY_HOURS = 24
"""A story lives so long (SPEC 3.3)."""
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
KEPT = (
    AttachmentKind.IMAGE,
    AttachmentKind.VIDEO,
    AttachmentKind.AUDIO,
    AttachmentKind.FILE,
    AttachmentKind.STICKER,
)
"""Attachments whose bytes are fetched and kept; everything else stays a link (SPEC 2.6, 3.3)."""


@dataclass(frozen=True)
class ArrivedAttachment:
    """One attachment as it arrived."""

    kind: AttachmentKind
    raw_kind: str
    url: str | None = None
    title: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """A message, mention, postback or referral of a customer, or an echo."""

    kind: ItemKind
    platform_id: str | None
    at: datetime
    text: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[ArrivedAttachment, ...] = ()
    wants_answer: bool = True
    is_recovered: bool = False


@dataclass(frozen=True)
class ArrivedComment:
    """A top-level comment on a post of ours."""

    comment_id: str
    at: datetime
    text: str | None
    post: Post | None
    is_live: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    is_recovered: bool = False


def receive(identity: Identity, arrival: Arrival, now: datetime) -> Item:
    """Put what a customer sent into the timeline; it opens or continues conversation and session, and the SLA."""
    account = identity.account
    known = pending.known_item(account.id, arrival.platform_id)
    if known is not None:
        return known
    at = _believable(arrival.at, now)
    is_new_work = arrival.wants_answer and not _is_settled(identity, at)
    conversation = _conversation_for(identity, is_new_work, at, now)
    item = _inbound_item(arrival, at, now, is_new_work)
    if is_new_work:
        _wait_in_session(conversation, identity, item, now)
    item.identity, item.account = identity, account
    timeline.add(conversation, item)
    _note_activity(identity, arrival, at, now)
    pending.apply_to(item, account.id, now)
    if is_new_work:
        auto_replies.answer(conversation, identity, now)
    return item


def receive_echo(identity: Identity, arrival: Arrival, now: datetime) -> Item | None:
    """A message of ours came back: of our own send it settles that, else someone wrote in the Instagram app.

    Returns None where Echo is off and the message is none of our sends (SPEC 9).
    """
    account = identity.account
    known = pending.known_item(account.id, arrival.platform_id)
    if known is not None:
        return known
    at = _believable(arrival.at, now)
    own = sends.settle_by_echo(identity, arrival.platform_id, arrival.text, bool(arrival.attachments), at, now)
    if own is not None:
        return own.item
    if not account.is_echo_on:
        return None
    item = _item(arrival, at, now)
    item.identity, item.account = identity, account
    if arrival.wants_answer and not _is_before_close(identity, at):
        conversation = _wrote_in_app(identity, item, now)
    else:
        conversation = _conversation_for(identity, False, at, now)
    timeline.add(conversation, item)
    pending.apply_to(item, account.id, now)
    return item


def receive_comment(identity: Identity, comment: ArrivedComment, now: datetime) -> Item:
    """A top-level comment is an item under its post and a session of its own (SPEC 10.1)."""
    account = identity.account
    known = pending.known_item(account.id, comment.comment_id)
    if known is not None:
        return known
    conversation = conversations.find_or_open(identity, account, now)
    item = Item(
        kind=ItemKind.LIVE_COMMENT if comment.is_live else ItemKind.COMMENT,
        platform_id=comment.comment_id,
        at=_believable(comment.at, now),
        arrived_at=now,
        text=comment.text,
        details=comment.details,
        is_inbound=True,
        wants_answer=True,
        is_recovered=comment.is_recovered,
    )
    item.identity, item.account, item.post = identity, account, comment.post
    with conversations.changing(conversation):
        session = sessions.comment(conversation, identity, comment.comment_id, now)
        sessions.wait_for_answer(session, account, item.at)
        item.session = session
    _tell(conversation, session, now)
    timeline.add(conversation, item)
    customers.want_profile(identity, now)
    pending.apply_to(item, account.id, now)
    return item


def receive_read(identity: Identity, platform_id: str | None, at: datetime, now: datetime) -> bool:
    """The customer read everything up to a message (or up to `at`); returns False where it is not known yet."""
    if platform_id is not None:
        return _change(identity, platform_id, "read", at, now)
    changes.mark_seen(identity, at, at)
    return True


def receive_reaction(identity: Identity, platform_id: str, emoji: str | None, at: datetime, now: datetime) -> bool:
    """The customer reacted (or took it back: None); returns False where the message is not known yet."""
    return _change(identity, platform_id, "reaction", at, now, emoji=emoji)


def receive_edit(
    identity: Identity, platform_id: str, text: str | None, at: datetime, now: datetime, number: int
) -> bool:
    """The customer edited a message; returns False where the message is not known yet."""
    return _change(identity, platform_id, "edit", at, now, text=text, number=number)


def receive_unsend(identity: Identity, platform_id: str, at: datetime, now: datetime) -> bool:
    """The customer (or the company, in the app) took a message back; returns False where it is not known yet."""
    return _change(identity, platform_id, "unsend", at, now)


def _change(identity: Identity, platform_id: str, kind: str, at: datetime, now: datetime, **details: Any) -> bool:
    item = pending.known_item(identity.account_id, platform_id)
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


def _is_before_close(identity: Identity, at: datetime) -> bool:
    """Whether it belongs to a matter that was closed after it (an echo that comes late opens nothing)."""
    if conversations.current(identity.customer) is not None:
        return False
    closed = conversations.last(identity.customer)
    return closed is not None and closed.closed_at is not None and at <= closed.closed_at


def _conversation_for(identity: Identity, is_new_work: bool, at: datetime, now: datetime) -> Conversation:
    """What is no new work joins the current matter, else the last one, else a closed one of its own."""
    if is_new_work:
        return conversations.find_or_open(identity, identity.account, now)
    customer = identity.customer
    known = conversations.current(customer) or conversations.last(customer)
    return known or conversations.open_closed(identity, identity.account, at)


def _wrote_in_app(identity: Identity, item: Item, now: datetime) -> Conversation:
    """Someone answered (or began) in the Instagram app: it clears the SLA, and routes what was not open (9.1)."""
    conversation = conversations.find_or_open(identity, identity.account, now)
    with conversations.changing(conversation):
        item.session = sessions.dm(conversation, identity, now, start_reason="echo")
        db.session().flush()
        sends.answered(conversation, identity, item.at, now)
    if conversation.agent_id is None:
        conversations.look_for_agent()
    return conversation


def _wait_in_session(conversation: Conversation, identity: Identity, item: Item, now: datetime) -> None:
    with conversations.changing(conversation):
        session = sessions.dm(conversation, identity, now)
        sessions.wait_for_answer(session, identity.account, item.at)
        item.session = session
    _tell(conversation, session, now)


def _tell(conversation: Conversation, session: MessagingSession, now: datetime) -> None:
    """Whoever should know of new work learns of it: nobody, its agent, or routing."""
    if conversation.customer.is_blocked:
        _close_on_arrival(conversation, session, now)
    elif conversation.agent_id is None:
        conversations.look_for_agent()
    else:
        conversation.knocked_at = now


def _close_on_arrival(conversation: Conversation, session: MessagingSession, now: datetime) -> None:
    """A blocked customer's items are stored and offered to nobody (SPEC 4.7)."""
    with conversations.changing(conversation):
        sessions.end(session, "blocked", now)
        conversation.closed_at = now
    conversations.forget_current(conversation)


def _note_activity(identity: Identity, arrival: Arrival, at: datetime, now: datetime) -> None:
    if arrival.kind in OPENS_WINDOW:
        identity.window_opened_at = max(identity.window_opened_at or at, at)
    customers.want_profile(identity, now)


def _inbound_item(arrival: Arrival, at: datetime, now: datetime, is_new_work: bool) -> Item:
    item = _item(arrival, at, now)
    item.is_inbound, item.wants_answer = True, is_new_work
    return item


def _item(arrival: Arrival, at: datetime, now: datetime) -> Item:
    item = Item(
        kind=arrival.kind,
        platform_id=arrival.platform_id,
        at=at,
        arrived_at=now,
        text=arrival.text,
        details=arrival.details,
        is_recovered=arrival.is_recovered,
    )
    item.attachments = [
        _attachment(one, position, arrival.kind, at) for position, one in enumerate(arrival.attachments)
    ]
    return item


def _attachment(arrived: ArrivedAttachment, position: int, item_kind: ItemKind, at: datetime) -> Attachment:
    is_story = arrived.kind == AttachmentKind.STORY or item_kind == ItemKind.STORY_MENTION
    is_kept = arrived.kind in KEPT and arrived.url and not is_story
    return Attachment(
        position=position,
        kind=arrived.kind,
        raw_kind=arrived.raw_kind,
        url=arrived.url,
        title=arrived.title,
        details=arrived.details,
        state=MediaState.WAITING if is_kept else MediaState.LINKED if arrived.url else MediaState.NONE,
        next_try_at=at if is_kept else None,
        expires_at=at + utc.hours(STORY_HOURS) if is_story else None,
    )
