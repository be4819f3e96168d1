"""Sessions: one time-bound exchange each, how it begins, what waits in it for an answer, how it ends (SPEC 7)."""

from datetime import datetime, timedelta

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
    found = open_dm(conversation, identity)
    return found or _begin(conversation, identity, Channel.DM, now, start_reason=start_reason)


def comment(conversation: Conversation, identity: Identity, comment_id: str, now: datetime) -> MessagingSession:
    """Begin the session of one top-level comment."""
    return _begin(conversation, identity, Channel.COMMENT, now, comment_id=comment_id)


def open_dm(conversation: Conversation, identity: Identity) -> MessagingSession | None:
    """Return the open session of direct messages with this identity, if there is one."""
    return next((one for one in conversation.open_sessions if is_dm_with(one, identity)), None)


def is_dm_with(session: MessagingSession, identity: Identity) -> bool:
    """Whether a session, stored or not yet, is about direct messages with this identity."""
    is_stored = session.identity_id is not None
    is_theirs = session.identity_id == identity.id if is_stored else session.identity is identity
    return session.channel == Channel.DM and is_theirs


def wait_for_answer(session: MessagingSession, account: Account, at: datetime) -> None:
    """An inbound of platform time `at` waits; a later one never extends the due time (SPEC 11.1)."""
    session.ends_at = None
    if session.unanswered_at is None or at < session.unanswered_at:
        session.unanswered_at = at
        session.due_at = at + utc.minutes(account.due_minutes)


def answered(
    conversation: Conversation, identity: Identity, at: datetime, now: datetime, agent_id: int | None = None
) -> None:
    """A message of ours at `at` answers what the customer wrote in direct messages up to then.

    `agent_id` is who wrote it; None: somebody in the Instagram app, whose silence counts from `at`.
    """
    identity.answered_at = max(identity.answered_at or at, at)
    conversation.last_reply_at = max(conversation.last_reply_at or at, at)
    session = open_dm(conversation, identity)
    if session is None:
        return
    session.answered_at = max(session.answered_at or at, at)
    if session.unanswered_at is not None and session.unanswered_at > session.answered_at:
        return
    if agent_id is None:
        settle(session, session.answered_at, at, WaitOutcome.ECHO)
    else:
        settle(session, session.answered_at, now, WaitOutcome.ANSWERED, agent_id)


def settle(
    session: MessagingSession,
    up_to: datetime,
    since: datetime,
    outcome: WaitOutcome = WaitOutcome.CANCELLED,
    agent_id: int | None = None,
) -> None:
    """What came up to then waits no more; what came after it still does (SPEC 11.2).

    Where nothing waits, the customer's silence counts from `since`, as long as an agent holds the conversation.
    `outcome` and `agent_id` say how and by whom, for reports.
    """
    next_at = _next_unanswered(session, up_to) if session.unanswered_at is not None else None
    if next_at is None or next_at != session.unanswered_at:
        waits.ended(session, outcome, since, agent_id)
    session.unanswered_at = session.due_at = None
    if next_at is not None:
        wait_for_answer(session, session.identity.account, next_at)
    elif session.channel == Channel.DM and session.conversation.agent_id is not None:
        session.ends_at = since + _limit()


def start_silence(conversation: Conversation, now: datetime) -> None:
    """An agent holds it from now on: where nothing waits for an answer, silence counts from now (SPEC 7.1)."""
    for session in conversation.open_sessions:
        if session.channel == Channel.DM and session.unanswered_at is None:
            session.ends_at = now + _limit()


def stop_silence(conversation: Conversation) -> None:
    """Nobody holds it any more: silence does not count."""
    for session in conversation.open_sessions:
        session.ends_at = None


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


def ended_after(identity: Identity, at: datetime) -> bool:
    """Whether a session of direct messages with this identity ended after `at`."""
    if identity.id is None:
        return False
    wanted = sa.select(MessagingSession.id).where(
        MessagingSession.identity_id == identity.id,
        MessagingSession.channel == Channel.DM,
        MessagingSession.ended_at >= at,
    )
    return db.session().scalar(wanted.limit(1)) is not None


def _limit() -> timedelta:
    return utc.minutes(settings.workflow().same_agent_minutes)


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
        account_id=identity.its_account_id,
        channel=channel,
        comment_id=comment_id,
        started_at=now,
        start_reason=start_reason,
    )
    conversation.sessions.append(session)
    return session


def _next_unanswered(session: MessagingSession, after: datetime) -> datetime | None:
    db.session().flush()
    waiting = sa.select(sa.func.min(Item.at)).where(
        Item.session_id == session.id, Item.wants_answer, Item.deleted_at.is_(None), Item.at > after
    )
    return db.session().scalar(waiting)
