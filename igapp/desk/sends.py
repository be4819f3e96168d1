"""Sends: one row, one Graph call. Queued, claimed, recorded; settled once, whoever learns the outcome first.

The call itself is made elsewhere; here is what each outcome means for the thread, the item and the SLA.
"""

import logging
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from igapp import db, utc
from igapp.background import later
from igapp.desk import conversations, echoes, effects, pending, rates, thread_order, timeline
from igapp.desk.refusal import Refused
from igapp.models import UNCLAIMED, UNDER_WAY, Conversation, Identity, Send, SendState

log = logging.getLogger(__name__)

LEASE_SECONDS = 30
"""A send still "sending" after this lost its worker: the outcome is unknown (no HTTP time-out is longer than 7 s)."""
CHECKING_SECONDS = thread_order.CHECKING_SECONDS
GIVEN_UP = (SendState.FAILED, SendState.DISCARDED)
UNKNOWN = "Instagram did not say whether it arrived. Checking…"
DOUBTFUL = "Discarded. We could not find out whether it arrived."
UNDECIDED = "We could not find out whether it arrived. Look in Instagram, then retry or discard."


def queue(send: Send, now: datetime) -> Send:
    """Owe a send; a worker delivers it after the commit."""
    send.state, send.queued_at, send.next_try_at = SendState.QUEUED, now, now
    db.session().add(send)
    db.session().flush()
    later("deliver", send.id)
    log.info("send_queued send=%d kind=%s conversation=%d", send.id, send.kind, send.conversation_id)
    return send


def by_key(key: str) -> Send | None:
    """Return the send that was made with this idempotency key (S11)."""
    return db.session().scalar(sa.select(Send).where(Send.key == key))


def load(send_id: int) -> Send | None:
    """Return a send as the database has it now."""
    return db.session().get(Send, send_id, populate_existing=True)


def hold(send: Send, sentence: str, until: datetime, now: datetime) -> bool:
    """Let a send that nobody has claimed wait, with the reason; returns whether nobody had."""
    statement = sa.update(Send).where(Send.id == send.id, Send.state.in_(UNCLAIMED))
    is_held = db.change(statement.values(state=SendState.WAITING, problem=sentence, next_try_at=max(until, now)))
    if is_held:
        db.session().refresh(send)
        _ring(send)
    return bool(is_held)


def claim(send_id: int, owner: str, now: datetime) -> Send | None:
    """Take a send for delivery; None when it is not its turn or somebody else's."""
    statement = (
        sa.update(Send)
        .where(Send.id == send_id, Send.state.in_(UNCLAIMED), Send.next_try_at <= now, ~thread_order.is_held_back(now))
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
    return rates.over(send, now)


def record_sent(send: Send, platform_id: str | None, now: datetime) -> bool:
    """Meta accepted it: it is Sent, and answers what it answers. Returns whether this call settled it."""
    conversation = _lock(send)
    _take_back_from_other(send, platform_id)
    echoes.absorb(send, platform_id)
    if not _settle(send, SendState.SENT, platform_id=platform_id, sent_at=now, problem=None, next_try_at=None):
        return False
    if send.target is not None:
        effects.on_target(send, send.target, now)
    if send.item is not None and send.is_message:
        effects.on_conversation(send, send.item, conversation, now)
    thread_order.let_next_go(send)
    return True


def record_refused(send: Send, sentence: str, code: str | None, now: datetime) -> None:
    """Meta refused it: Failed, with the reason in words; later ones of the thread go on."""
    _lock(send)
    if _settle(send, SendState.FAILED, problem=sentence, error_code=code, next_try_at=None):
        thread_order.let_next_go(send)


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
        thread_order.let_next_go(send)


def settle_by_echo(
    identity: Identity,
    platform_id: str | None,
    text: str | None,
    has_picture: bool,
    at: datetime,
    now: datetime,
) -> Send | None:
    """Return the own send that an echo belongs to, settled by it, or None (D3)."""
    send = echoes.own_send(identity, platform_id, text, has_picture, at)
    if send is not None and send.platform_id is None:
        (echoes.name if send.state == SendState.SENT else record_sent)(send, platform_id, now)
    return send if send is not None and send.platform_id == platform_id else None


def retry(send: Send, now: datetime) -> None:
    """Make exactly one new call for what failed or could not be found out (S2)."""
    statement = sa.update(Send).where(Send.id == send.id, _is_decidable(), ~_was_replaced())
    if not db.change(statement.values(state=SendState.QUEUED, problem=None, error_code=None, next_try_at=now)):
        raise Refused("This message is not waiting for a decision any more.")
    later("deliver", send.id)
    db.session().refresh(send)
    _ring(send)


def discard(send: Send, now: datetime) -> None:
    """The agent gives it up; it stays in the timeline as discarded, with a word where it may have arrived."""
    statement = sa.update(Send).where(Send.id == send.id, sa.or_(_is_decidable(), Send.state == SendState.WAITING))
    doubt = sa.case((Send.state == SendState.CHECKING, DOUBTFUL))
    if not db.change(statement.values(state=SendState.DISCARDED, problem=doubt, next_try_at=None)):
        raise Refused("This message is on its way already.")
    db.session().refresh(send)
    thread_order.let_next_go(send)
    _ring(send)


def due(now: datetime, limit: int = 200) -> list[tuple[int, SendState]]:
    """Return the sends about which something must be done now, manual ones before automatic ones."""
    may_go = sa.or_(Send.state.not_in(UNCLAIMED), ~thread_order.is_held_back(now))
    wanted = (
        sa.select(Send.id, Send.state)
        .where(Send.state.in_(_OPEN), Send.next_try_at <= now, may_go)
        .order_by(Send.author_id.is_(None), Send.id)
        .limit(limit)
    )
    return [(row.id, row.state) for row in db.session().execute(wanted)]


def _is_decidable() -> sa.ColumnElement[bool]:
    given_up = sa.and_(Send.state == SendState.CHECKING, Send.next_try_at.is_(None))
    return sa.or_(Send.state == SendState.FAILED, given_up)


def _was_replaced() -> sa.ColumnElement[bool]:
    """A comment whose answer failed has been answered anew since."""
    other = aliased(Send)
    return sa.exists().where(
        other.account_id == Send.account_id,
        other.comment_id == Send.comment_id,
        other.kind == Send.kind,
        other.id != Send.id,
        other.state.not_in(GIVEN_UP),
    )


def _lock(send: Send) -> Conversation:
    """Lock the send's conversation, which a merge may have changed meanwhile."""
    while True:
        conversation = conversations.lock(db.session().get_one(Conversation, send.conversation_id))
        db.session().refresh(send)
        if send.conversation_id == conversation.id:
            return conversation


def _settle(send: Send, state: SendState, **values: object) -> bool:
    """Move a send whose outcome is open, or was given up in doubt, to `state`, once."""
    in_doubt = sa.and_(Send.state == SendState.DISCARDED, Send.problem.is_not(None), ~_was_replaced())
    may_move = sa.or_(Send.state.in_(_OPEN), in_doubt) if state == SendState.SENT else Send.state.in_(_OPEN)
    statement = sa.update(Send).where(Send.id == send.id, may_move)
    moved = db.change(statement.values(state=state, lease_owner=None, **values))
    db.session().refresh(send)
    _ring(send)
    return moved > 0


def _take_back_from_other(send: Send, platform_id: str | None) -> None:
    """An echo was taken for another send's of the same words; the answer knows better, so that one is open again."""
    wanted = sa.select(Send).where(
        Send.account_id == send.account_id, Send.platform_id == platform_id, Send.id != send.id
    )
    other = db.session().scalar(wanted) if platform_id else None
    if other is None:
        return
    other.state, other.problem, other.platform_id, other.sent_at = SendState.CHECKING, UNDECIDED, None, None
    if other.item is not None:
        other.item.platform_id = None
    pending.forget(send.account_id, platform_id)
    db.session().flush()
    _ring(other)


def _ring(send: Send) -> None:
    about = send.item or send.target
    if about is not None:
        timeline.changed(about.conversation)


_OPEN = [db.written(Send.state, state) for state in (*UNDER_WAY, SendState.CHECKING)]
