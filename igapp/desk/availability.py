"""Who receives work: the "Messaging" switch, and whether the agent's pages are heard from (SPEC 5.1)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import conversations, offers, routing, settings, timeline
from igapp.models import Agent, Conversation, Offer, OfferState, Presence, Status, User


def switch(user: User, is_on: bool, now: datetime) -> None:
    """Turn Messaging on or off; off withdraws a pending offer without a pause."""
    if not is_on:
        _withdraw_offer(user, "You switched Messaging off.", now)
    db.change(sa.update(Agent).where(Agent.user_id == user.id).values(is_available=is_on))
    db.session().expire(user.agent)
    bell.ring(f"desk:{user.id}")
    later("route")


def signed_in(user: User, now: datetime) -> None:
    """Messaging is off at every sign-in."""
    user.last_sign_in_at = now
    switch(user, False, now)


def signed_out(user: User, now: datetime) -> None:
    """Withdraw what is offered and stop receiving work."""
    _withdraw_offer(user, "You signed out.", now)
    switch(user, False, now)


def heard_from(user_id: int, now: datetime) -> bool:
    """One of the agent's pages is there (not a settings page); returns whether they were not connected before."""
    was_connected = routing.is_connected(user_id, now)
    if not db.change(sa.update(Presence).where(Presence.user_id == user_id).values(seen_at=now)):
        db.session().add(Presence(user_id=user_id, seen_at=now))
        db.session().flush()
    if not was_connected:
        later("route")
    return not was_connected


def absent(now: datetime) -> list[int]:
    """Return the conversations that wait for an answer of an agent who is gone for longer than the limit (5.8)."""
    gone_since = now - utc.minutes(settings.workflow().same_agent_minutes)
    wanted = (
        sa.select(Conversation.id)
        .join(User, User.id == Conversation.agent_id)
        .outerjoin(Presence, Presence.user_id == Conversation.agent_id)
        .where(
            Conversation.status == Status.OPEN,
            Conversation.needs_attention,
            sa.or_(Presence.seen_at <= gone_since, Presence.user_id.is_(None), User.is_active.is_(False)),
        )
        .limit(200)
    )
    return list(db.session().scalars(wanted))


def return_to_queue(conversation_id: int, now: datetime) -> bool:
    """Send a conversation whose agent is gone back to the queue; returns whether its agent was still gone."""
    conversation = db.session().get(Conversation, conversation_id)
    if conversation is None:
        return False
    conversation = conversations.lock(conversation)
    if conversation_id not in absent(now) or conversation.agent is None:
        return False
    name = conversation.agent.name
    conversations.unassign(conversation, now)
    timeline.event(conversation, f"Returned to the queue because {name} is away", now)
    return True


def _withdraw_offer(user: User, because: str, now: datetime) -> None:
    offer = db.session().scalar(sa.select(Offer).where(Offer.agent_id == user.id, Offer.state == OfferState.OFFERED))
    if offer is not None:
        offers.withdraw(conversations.lock(offer.conversation), because, now)
