"""Who receives work: the "Messaging" switch, signing in and out, and leaving for good (SPEC 5.1, 5.8)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import conversations, offers, presence, settings, timeline
from igapp.models import Agent, Conversation, Offer, Presence, Status, User

SWITCHED_OFF = "You switched Messaging off."
TRIES = 5
"""How often an offer is withdrawn that routing made just while Messaging was switched off."""
IS_OPEN = Conversation.status == db.written(Conversation.status, Status.OPEN)
IS_CLOSED = Conversation.status == db.written(Conversation.status, Status.CLOSED)


def switch(user: User, is_on: bool, now: datetime) -> None:
    """Turn Messaging on or off; off withdraws a pending offer without a pause."""
    if is_on:
        db.change(sa.update(Agent).where(Agent.user_id == user.id).values(is_available=True))
    else:
        _stop(user, SWITCHED_OFF, now)
    db.session().expire(user.agent)
    bell.ring(f"desk:{user.id}")
    later("route")


def signed_in(user: User, now: datetime) -> None:
    """Messaging is off at every sign-in."""
    user.last_sign_in_at = now
    switch(user, False, now)


def signed_out(user: User, now: datetime) -> None:
    """Withdraw what is offered, stop receiving work, and count as gone from now on."""
    _stop(user, "You signed out.", now)
    presence.leave(user.id, now)
    switch(user, False, now)
    bell.ring(bell.signed_out(user.id))


def deactivated(user: User, now: datetime) -> None:
    """Let all work of a deactivated user go at once: back to the queue what is open, to nobody what only waits."""
    mine = sa.select(Conversation).where(
        ~IS_CLOSED, sa.or_(Conversation.agent_id == user.id, Conversation.offered_to_id == user.id)
    )
    for conversation in db.session().scalars(conversations.locked(mine.order_by(Conversation.id))).all():
        if conversation.agent_id == user.id:
            _return(conversation, f"{user.name} was deactivated", now)
    _stop(user, "You were deactivated.", now)
    presence.leave(user.id, now)
    bell.ring(f"desk:{user.id}")
    later("route")


def heard_from(user_id: int, now: datetime) -> bool:
    """One of the agent's pages is there (not a settings page); returns whether they were not connected before."""
    was_connected = presence.is_connected(user_id, now)
    presence.hear(user_id, now)
    if not was_connected:
        later("route")
    return not was_connected


def absent(now: datetime, limit: int = 200) -> list[int]:
    """Return the conversations of agents who are gone (5.8): for longer than the limit, while a customer waits for an
    answer; or for good.
    """
    return list(db.session().scalars(_left_alone(now).order_by(Conversation.id).limit(limit)))


def return_to_queue(conversation_id: int, now: datetime) -> bool:
    """Take a conversation from an agent who is gone; returns whether its agent was still gone."""
    conversation = db.session().get(Conversation, conversation_id)
    if conversation is None:
        return False
    conversation = conversations.lock(conversation)
    agent = conversation.agent
    if agent is None or db.session().scalar(_left_alone(now).where(Conversation.id == conversation.id)) is None:
        return False
    _return(conversation, f"{agent.name} is away" if agent.is_active else f"{agent.name} was deactivated", now)
    return True


def _left_alone(now: datetime) -> sa.Select[int]:
    limit = utc.minutes(settings.workflow().same_agent_minutes)
    is_away = sa.and_(presence.gone_since(now - limit), IS_OPEN, Conversation.needs_attention)
    return (
        sa.select(Conversation.id)
        .join(User, User.id == Conversation.agent_id)
        .outerjoin(Presence, Presence.user_id == Conversation.agent_id)
        .where(~IS_CLOSED, sa.or_(is_away, User.is_active.is_(False)))
    )


def _return(conversation: Conversation, because: str, now: datetime) -> None:
    is_open = bool(conversation.open_sessions)
    conversations.unassign(conversation, now)
    sentence = f"Returned to the queue because {because}" if is_open else f"Left without an agent because {because}"
    timeline.event(conversation, sentence, now)


def _stop(user: User, because: str, now: datetime) -> None:
    """Switch Messaging off with no offer pending; routing that was faster is undone, conversation before agent."""
    for _ in range(TRIES):
        offer = db.session().scalar(sa.select(Offer).where(Offer.agent_id == user.id, Offer.state == offers.PENDING))
        if offer is not None:
            offers.withdraw(conversations.lock_by_id(offer.conversation_id), because, now)
        with db.session().begin_nested() as attempt:
            off = (
                sa.update(Agent).where(Agent.user_id == user.id).values(is_available=False).returning(Agent.is_offered)
            )
            if not db.session().scalar(off.execution_options(synchronize_session=False)):
                return
            attempt.rollback()
    raise db.Conflict
