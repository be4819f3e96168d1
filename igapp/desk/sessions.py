"""Sessions: one time-bound exchange each, how it begins, what waits in it for an answer, how it ends (SPEC 7)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import settings, waits
from igapp.models import Account, Channel, Conversation, Identity, Item, MessagingSession, WaitOutcome

NOTHING = utc.EPOCH
"""Nothing was answered yet."""


def dm(
    conversation: Conversation, identity: Identity, now: datetime, start_reason: str = "message"
) -> MessagingSession:
    """Return the open session of direct messages with this identity, begun now where none is open."""
    for session in conversation.open_sessions:
        if session.channel == Channel.DM and session.identity is identity:
            return session
    return _begin(conversation, identity, Channel.DM, now, start_reason=start_reason)


def comment(conversation: Conversation, identity: Identity, comment_id: str, now: datetime) -> MessagingSession:
    """Begin the session of one top-level comment."""
    return _begin(conversation, identity, Channel.COMMENT, now, comment_id=comment_id)


def open_dm(conversation: Conversation | None, identity: Identity) -> MessagingSession | None:
    """Return the open session of direct messages with this identity, if there is one."""
    open_ones = conversation.open_sessions if conversation else []
    return next((one for one in open_ones if one.channel == Channel.DM and one.identity_id == identity.id), None)


def wait_for_answer(session: MessagingSession, account: Account, at: datetime) -> None:
    """An inbound of platform time `at` waits; a later one never extends the due time (SPEC 11.1)."""
    session.ends_at = None
    if session.unanswered_at is None or at < session.unanswered_at:
        session.unanswered_at = at
        session.due_at = at + utc.minutes(account.due_minutes)


def answer(
    session: MessagingSession,
    account: Account,
    up_to: datetime,
    now: datetime,
    outcome: WaitOutcome = WaitOutcome.CANCELLED,
    agent_id: int | None = None,
) -> None:
    """Everything that came up to then is answered; what came after it still waits (SPEC 11.2).

    `outcome` and `agent_id` say how and by whom, for reports.
    """
    next_at = _next_unanswered(session, up_to)
    if next_at is None or next_at != session.unanswered_at:
        waits.ended(session, outcome, up_to if outcome == WaitOutcome.ECHO else now, agent_id)
    session.unanswered_at = session.due_at = None
    if next_at is not None:
        wait_for_answer(session, account, next_at)
    elif session.channel == Channel.DM:
        session.ends_at = now + utc.minutes(settings.workflow().same_agent_minutes)


def start_silence(conversation: Conversation, now: datetime) -> None:
    """An agent holds it from now on: what is answered already ends by silence, counted from now at the earliest."""
    for session in conversation.open_sessions:
        if session.channel == Channel.DM and session.unanswered_at is None and session.ends_at is None:
            session.ends_at = now + utc.minutes(settings.workflow().same_agent_minutes)


def end(session: MessagingSession, reason: str, now: datetime, agent_id: int | None = None) -> None:
    """End it; what was due is settled by whatever ended it. `agent_id`: who answered, where that ended it."""
    if reason != "blocked":
        waits.ended(session, WaitOutcome.ANSWERED if reason == "answered" else WaitOutcome.CANCELLED, now, agent_id)
    session.ended_at, session.end_reason = now, reason
    session.unanswered_at = session.due_at = session.ends_at = None


def silent(now: datetime, limit: int = 200) -> list[int]:
    """Return the sessions in which the customer fell silent, as long as an agent holds them (SPEC 7.1)."""
    wanted = (
        sa.select(MessagingSession.id)
        .join(Conversation, Conversation.id == MessagingSession.conversation_id)
        .where(
            MessagingSession.ended_at.is_(None),
            MessagingSession.ends_at <= now,
            Conversation.agent_id.is_not(None),
        )
        .order_by(MessagingSession.ends_at)
        .limit(limit)
    )
    return list(db.session().scalars(wanted))


def _begin(
    conversation: Conversation,
    identity: Identity,
    channel: Channel,
    now: datetime,
    comment_id: str | None = None,
    start_reason: str = "message",
) -> MessagingSession:
    session = MessagingSession(
        identity=identity,
        account_id=identity.account_id or identity.account.id,
        channel=channel,
        comment_id=comment_id,
        started_at=now,
        start_reason=start_reason,
    )
    conversation.sessions.append(session)
    return session


def _next_unanswered(session: MessagingSession, after: datetime) -> datetime | None:
    waiting = sa.select(sa.func.min(Item.at)).where(
        Item.session_id == session.id, Item.wants_answer, Item.deleted_at.is_(None), Item.at > after
    )
    return db.session().scalar(waiting)
