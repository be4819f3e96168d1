"""How long customers waited for an answer: one fact per wait, written down when it ends, for reports."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.models import MessagingSession, Wait, WaitOutcome

ANSWERED = (WaitOutcome.ANSWERED, WaitOutcome.ECHO)


def ended(session: MessagingSession, outcome: WaitOutcome, at: datetime, agent_id: int | None = None) -> None:
    """Write down that what waited in the session waits no more; call it before its due time is cleared.

    `agent_id` is who answered. What was written in the Instagram app was answered by nobody here.
    """
    if session.unanswered_at is None or session.due_at is None:
        return
    conversation = session.conversation
    db.session().flush()
    by = agent_id if outcome in ANSWERED else conversation.agent_id
    wait = Wait(
        session_id=session.id,
        conversation_id=conversation.id,
        account_id=session.account_id,
        inbox_id=conversation.inbox_id,
        agent_id=by,
        channel=session.channel,
        began_at=session.unanswered_at,
        due_at=session.due_at,
        ended_at=max(at, session.unanswered_at),
        outcome=outcome,
        is_first=outcome in ANSWERED and not _was_answered(session),
    )
    db.session().add(wait)


def goes_on(session: MessagingSession, began_at: datetime) -> None:
    """What was set aside waits again, as if it had never ended (SPEC 11.3)."""
    ended_by_mistake = sa.delete(Wait).where(Wait.session_id == session.id, Wait.began_at == began_at)
    db.change(ended_by_mistake.where(Wait.outcome == WaitOutcome.CANCELLED))


def _was_answered(session: MessagingSession) -> bool:
    earlier = sa.select(Wait.id).where(Wait.session_id == session.id, Wait.outcome.in_(ANSWERED)).limit(1)
    return db.session().scalar(earlier) is not None
