"""Sends: one row, one Graph call. Queued, claimed, recorded; settled once, whoever learns the outcome first.

The call itself is made elsewhere; here is what each outcome means for the thread, the item and the SLA.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from igapp import db, utc
from igapp.background import later
from igapp.desk import changes, conversations, pending, sessions, settings, timeline
from igapp.desk.refusal import Refused
from igapp.models import (
    UNDER_WAY,
    Account,
    Channel,
    Conversation,
    Identity,
    Item,
    ItemKind,
    MessagingSession,
    Send,
    SendKind,
    SendState,
    WaitOutcome,
)

LEASE_SECONDS = 30
"""A send still "sending" after this lost its worker: the outcome is unknown (no HTTP time-out is longer than 7 s)."""
CHECKING_SECONDS = 60
"""How long the outcome is looked for before the agent decides, and before later sends go on (SPEC 6.4)."""
RATE_SECONDS = 300
"""The span of the rate limit (SPEC 6.10)."""

IN_THREAD = (SendKind.MESSAGE, SendKind.IMAGE, SendKind.PRIVATE_REPLY)
"""Kinds whose order within a thread is kept."""
UNKNOWN = "Instagram did not say whether it arrived. Checking…"
UNDECIDED = "We could not find out whether it arrived. Look in Instagram, then retry or discard."


def queue(send: Send, now: datetime) -> Send:
    """Owe a send; a worker delivers it after the commit."""
    send.state, send.queued_at, send.next_try_at = SendState.QUEUED, now, now
    db.session().add(send)
    db.session().flush()
    later("deliver", send.id)
    return send


def by_key(key: str) -> Send | None:
    """Return the send that was made with this idempotency key (S11)."""
    return db.session().scalar(sa.select(Send).where(Send.key == key))


def load(send_id: int) -> Send | None:
    """Return a send as the database has it now."""
    return db.session().get(Send, send_id, populate_existing=True)


def hold(send: Send, sentence: str, until: datetime, now: datetime) -> bool:
    """Let a send that nobody has claimed wait, with the reason; returns whether nobody had."""
    statement = sa.update(Send).where(Send.id == send.id, Send.state.in_((SendState.QUEUED, SendState.WAITING)))
    is_held = db.change(statement.values(state=SendState.WAITING, problem=sentence, next_try_at=max(until, now)))
    if is_held:
        db.session().refresh(send)
        _ring(send)
    return bool(is_held)


def claim(send_id: int, owner: str, now: datetime) -> Send | None:
    """Take a send for delivery; None when it is not its turn or somebody else's."""
    free_to_go = [SendState.QUEUED, SendState.WAITING]
    statement = (
        sa.update(Send)
        .where(Send.id == send_id, Send.state.in_(free_to_go), Send.next_try_at <= now, ~_held_back(now))
        .values(
            state=SendState.SENDING,
            lease_owner=owner,
            called_at=now,
            attempts=Send.attempts + 1,
            next_try_at=now + utc.seconds(LEASE_SECONDS),
        )
    )
    if not db.change(statement):
        return None
    send = db.session().get(Send, send_id, populate_existing=True)
    if send is not None:
        _ring(send)
    return send


def hold_reason(send: Send, now: datetime) -> tuple[str, datetime] | None:
    """Return why a send must wait and until when to look again; None when it may go."""
    account = send.account
    if not account.may_send:
        return f"Waiting: @{account.username} must be reconnected.", now + utc.minutes(1)
    if account.throttled_until is not None and account.throttled_until > now:
        return "Waiting: Instagram's rate limit. It goes out by itself.", account.throttled_until
    return _over_rate(account, now)


def record_sent(send: Send, platform_id: str | None, now: datetime) -> bool:
    """Meta accepted it: it is Sent, and answers what it answers. Returns whether this call settled it."""
    conversation = _lock(send)
    _absorb_echo(send, platform_id)
    if not _settle(send, SendState.SENT, platform_id=platform_id, sent_at=now, problem=None, next_try_at=None):
        return False
    if send.target is not None:
        _mark_target(send, send.target, now)
    if send.item is not None and send.is_message:
        _mark_item_sent(send, send.item, conversation, platform_id, now)
    _let_next_go(send)
    return True


def record_refused(send: Send, sentence: str, code: str | None, now: datetime) -> None:
    """Meta refused it: Failed, with the reason in words; later ones of the thread go on."""
    _lock(send)
    if _settle(send, SendState.FAILED, problem=sentence, error_code=code, next_try_at=None):
        _let_next_go(send)


def record_waiting(send: Send, sentence: str, until: datetime, now: datetime) -> None:
    """Nothing was sent; it waits and is tried again by itself."""
    _lock(send)
    _settle(send, SendState.WAITING, problem=sentence, next_try_at=max(until, now))


def record_unknown(send: Send, now: datetime) -> None:
    """The answer was lost: it is never sent again blindly, but looked for (S3)."""
    _lock(send)
    if _settle(send, SendState.CHECKING, problem=UNKNOWN, next_try_at=now):
        later("settle", send.id)


def check_again(send: Send, at: datetime) -> None:
    """Look for the outcome once more, at that time, unless it is settled by then."""
    db.change(sa.update(Send).where(Send.id == send.id, Send.state == SendState.CHECKING).values(next_try_at=at))


def give_up_checking(send: Send, now: datetime) -> None:
    """Neither echo nor thread said so within a minute: the agent decides; later ones of the thread go on."""
    _lock(send)
    if send.state == SendState.CHECKING:
        send.problem, send.next_try_at = UNDECIDED, None
        _ring(send)
        _let_next_go(send)


def settle_by_echo(
    identity: Identity,
    platform_id: str | None,
    text: str | None,
    has_attachments: bool,
    at: datetime,
    now: datetime,
) -> Send | None:
    """Return the own send that an echo belongs to, settled by it; by message id, else by what is under way (D3)."""
    by_id = sa.select(Send).where(Send.account_id == identity.account_id, Send.platform_id == platform_id)
    send = db.session().scalar(by_id) if platform_id and identity.id else None
    if send is None and identity.id:
        send = _unsettled(identity, text, has_attachments)
        if send is not None:
            record_sent(send, platform_id, now)
    return send


def answered(
    conversation: Conversation, identity: Identity, at: datetime, now: datetime, agent_id: int | None = None
) -> None:
    """A message of ours at `at` answers what the customer wrote in direct messages up to then.

    `agent_id` is who wrote it; None: somebody in the Instagram app.
    """
    identity.answered_at = max(identity.answered_at or at, at)
    conversation.last_reply_at = max(conversation.last_reply_at or at, at)
    for session in conversation.open_sessions:
        if session.channel == Channel.DM and session.identity is identity:
            _answer(session, identity.account, at, now, agent_id)


def retry(send: Send, now: datetime) -> None:
    """Make exactly one new call for what failed or could not be found out (S2)."""
    statement = sa.update(Send).where(Send.id == send.id, _is_decidable())
    if not db.change(statement.values(state=SendState.QUEUED, problem=None, next_try_at=now)):
        raise Refused("This message is not waiting for a decision any more.")
    later("deliver", send.id)
    _ring(send)


def discard(send: Send, now: datetime) -> None:
    """The agent gives it up; it stays in the timeline as discarded."""
    statement = sa.update(Send).where(Send.id == send.id, sa.or_(_is_decidable(), Send.state == SendState.WAITING))
    if not db.change(statement.values(state=SendState.DISCARDED, problem=None, next_try_at=None)):
        raise Refused("This message is on its way already.")
    _let_next_go(send)
    _ring(send)


def due(now: datetime, limit: int = 200) -> list[tuple[int, SendState]]:
    """Return the sends about which something must be done now, manual ones before automatic ones."""
    open_states = (*UNDER_WAY, SendState.CHECKING)
    wanted = (
        sa.select(Send.id, Send.state)
        .where(Send.state.in_(open_states), Send.next_try_at <= now)
        .order_by(Send.author_id.is_(None), Send.id)
        .limit(limit)
    )
    return [(row.id, row.state) for row in db.session().execute(wanted)]


def _held_back(now: datetime) -> sa.ColumnElement[bool]:
    """An earlier message of the thread is under way, or was sent to an unknown end less than a minute ago."""
    earlier = aliased(Send)
    still_checked = sa.and_(
        earlier.state == SendState.CHECKING, earlier.called_at > now - utc.seconds(CHECKING_SECONDS)
    )
    return sa.and_(
        Send.kind.in_(IN_THREAD),
        sa.exists().where(
            earlier.identity_id == Send.identity_id,
            earlier.id < Send.id,
            earlier.kind.in_(IN_THREAD),
            sa.or_(earlier.state.in_(UNDER_WAY), still_checked),
        ),
    )


def _over_rate(account: Account, now: datetime) -> tuple[str, datetime] | None:
    since = now - utc.seconds(RATE_SECONDS)
    calls = sa.select(sa.func.count(), sa.func.min(Send.called_at)).where(
        Send.account_id == account.id, Send.called_at > since
    )
    count, oldest = db.session().execute(calls).one()
    most = settings.workflow().sends_per_window
    if count < most or oldest is None:
        return None
    return f"Waiting: {most} messages in 5 minutes were sent. It goes out by itself.", oldest + utc.seconds(
        RATE_SECONDS
    )


def _is_decidable() -> sa.ColumnElement[bool]:
    given_up = sa.and_(Send.state == SendState.CHECKING, Send.next_try_at.is_(None))
    return sa.or_(Send.state == SendState.FAILED, given_up)


def _lock(send: Send) -> Conversation:
    return conversations.lock(db.session().get_one(Conversation, send.conversation_id))


def _settle(send: Send, state: SendState, **values: object) -> bool:
    """Move a send that is under way or checked to `state`, once."""
    from_states = (SendState.SENDING, SendState.CHECKING, SendState.QUEUED, SendState.WAITING)
    statement = sa.update(Send).where(Send.id == send.id, Send.state.in_(from_states))
    moved = db.change(statement.values(state=state, lease_owner=None, **values))
    db.session().refresh(send)
    _ring(send)
    return moved > 0


def _mark_item_sent(send: Send, item: Item, conversation: Conversation, platform_id: str | None, now: datetime) -> None:
    item.platform_id = platform_id
    with conversations.changing(conversation):
        if send.kind in (SendKind.MESSAGE, SendKind.IMAGE) and send.author_id is not None:
            answered(conversation, send.identity, item.at, now, send.author_id)
        elif send.comment_id is not None:
            _end_comment_session(conversation, send, item, now)
    pending.apply_to(item, send.account_id, now)
    if send.identity.read_at is not None and send.identity.read_at >= item.at:
        changes.mark_seen(send.identity, item.at, send.identity.read_at)


def _mark_target(send: Send, target: Item, now: datetime) -> None:
    """What Meta accepted shows on the item that it was about."""
    field = {SendKind.HIDE: "hidden_at", SendKind.DELETE: "removed_at", SendKind.LIKE: "liked_at"}.get(send.kind)
    if field is not None:
        setattr(target, field, now)
    elif send.kind == SendKind.UNLIKE:
        target.liked_at = None


def _end_comment_session(conversation: Conversation, send: Send, item: Item, now: datetime) -> None:
    conversation.last_reply_at = max(conversation.last_reply_at or item.at, item.at)
    for session in conversation.open_sessions:
        if session.comment_id == send.comment_id:
            sessions.end(session, "answered", now, send.author_id)


def _answer(
    session: MessagingSession, account: Account, at: datetime, now: datetime, agent_id: int | None
) -> None:
    session.answered_at = max(session.answered_at or at, at)
    outcome = WaitOutcome.ECHO if agent_id is None else WaitOutcome.ANSWERED
    sessions.answer(session, account, session.answered_at, now, outcome, agent_id)


def _absorb_echo(send: Send, platform_id: str | None) -> None:
    """The echo came first and was taken for somebody else's: its item gives way to ours (D3)."""
    echo = pending.known_item(send.account_id, platform_id)
    if echo is not None and echo.kind == ItemKind.ECHO and echo.id != send.item_id:
        db.session().delete(echo)
        db.session().flush()
        timeline.changed(echo.conversation)


def _unsettled(identity: Identity, text: str | None, has_attachments: bool) -> Send | None:
    kinds = [SendKind.IMAGE] if has_attachments and not text else [SendKind.MESSAGE, SendKind.PRIVATE_REPLY]
    wanted = sa.select(Send).where(
        Send.identity_id == identity.id,
        Send.kind.in_(kinds),
        Send.state.in_((SendState.SENDING, SendState.CHECKING)),
    )
    if text:
        wanted = wanted.where(Send.text == text)
    return db.session().scalar(wanted.order_by(Send.id).limit(1))


def _let_next_go(send: Send) -> None:
    following = sa.select(sa.func.min(Send.id)).where(
        Send.identity_id == send.identity_id,
        Send.id > send.id,
        Send.state.in_((SendState.QUEUED, SendState.WAITING)),
        Send.kind.in_(IN_THREAD),
    )
    next_id = db.session().scalar(following)
    if next_id is not None:
        later("deliver", next_id)


def _ring(send: Send) -> None:
    about = send.item or send.target
    if about is not None:
        timeline.changed(about.conversation)
