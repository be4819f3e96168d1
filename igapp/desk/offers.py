"""Offers: the green banner of one agent for one conversation; settled once, by conditional UPDATE (SPEC 5.5)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from igapp import bell, db, utc
from igapp.desk import capacity, conversations, settings, timeline
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Offer, OfferState, User

ROUTED_ELSEWHERE = "This request was routed to another agent."
WITHDRAWN_SHOWN_SECONDS = 20
"""How long an agent is told why a banner went away."""

PENDING = db.written(Offer.state, OfferState.OFFERED)
GIVEN_UP = (OfferState.DECLINED, OfferState.MISSED)


def make(conversation: Conversation, agent: User, now: datetime, why: dict[str, Any], sentence: str) -> Offer:
    """Offer a locked conversation to an agent whose place is already taken for it."""
    offer = Offer(
        conversation=conversation,
        agent=agent,
        offered_at=now,
        why=why,
        expires_at=now + utc.seconds(settings.workflow().offer_seconds),
    )
    conversation.offered_to_id, conversation.kept_for_id = agent.id, None
    db.session().add(offer)
    timeline.event(conversation, sentence, now, agent_id=agent.id, agent_name=agent.name, why=why)
    bell.ring(f"desk:{agent.id}")
    bell.ring("waiting")
    return offer


def pending_for(user_id: int, now: datetime) -> Offer | None:
    """Return the offer that the agent may accept now."""
    wanted = sa.select(Offer).where(Offer.agent_id == user_id, Offer.state == PENDING, Offer.expires_at > now)
    return db.session().scalar(wanted.options(joinedload(Offer.conversation)))


def last_withdrawn_for(user_id: int, now: datetime) -> Offer | None:
    """Return the offer that was withdrawn from the agent just now, so that the page can say why."""
    since = now - utc.seconds(WITHDRAWN_SHOWN_SECONDS)
    wanted = sa.select(Offer).where(
        Offer.agent_id == user_id, Offer.state == OfferState.WITHDRAWN, Offer.ended_at >= since
    )
    return db.session().scalar(wanted.order_by(Offer.id.desc()).limit(1))


def accept(offer: Offer, user: User, now: datetime) -> Conversation:
    """Take the request; of several tries one wins, the others are Refused."""
    conversation = conversations.lock_by_id(offer.conversation_id)
    if offer.agent_id != user.id or not _end(offer, OfferState.ACCEPTED, now, Offer.expires_at > now):
        raise Refused(ROUTED_ELSEWHERE)
    capacity.keep_offered_place(user.id)
    conversation.offered_to_id = None
    conversations.assign(conversation, user, now, is_place_taken=True)
    timeline.event(conversation, f"Accepted by {user.name}", now, agent_id=user.id)
    return conversation


def decline(offer: Offer, user: User, now: datetime) -> None:
    """Send the request on; nothing is offered to this agent until Next (SPEC 5.6)."""
    conversation = conversations.lock_by_id(offer.conversation_id)
    if offer.agent_id == user.id and _end(offer, OfferState.DECLINED, now):
        _pass_on(conversation, user, f"Declined by {user.name}", now)


def expired(now: datetime, limit: int = 200) -> list[int]:
    """Return the offers that nobody answered in time."""
    wanted = sa.select(Offer.id).where(Offer.state == PENDING, Offer.expires_at <= now)
    return list(db.session().scalars(wanted.order_by(Offer.expires_at).limit(limit)))


def expire(offer_id: int, now: datetime) -> bool:
    """Mark an unanswered offer as missed and send the request on; returns whether it was still pending."""
    offer = db.session().get(Offer, offer_id)
    if offer is None:
        return False
    conversation = conversations.lock_by_id(offer.conversation_id)
    if not _end(offer, OfferState.MISSED, now, Offer.expires_at <= now):
        return False
    _pass_on(conversation, offer.agent, f"Missed by {offer.agent.name}", now)
    return True


def withdraw(conversation: Conversation, because: str, now: datetime) -> bool:
    """Take the banner away from whoever sees it, without a pause; `because` is what they read."""
    offer = db.session().scalar(
        sa.select(Offer).where(Offer.conversation_id == conversation.id, Offer.state == PENDING)
    )
    if offer is None or not _end(offer, OfferState.WITHDRAWN, now):
        return False
    offer.withdrawn_because = because
    conversation.offered_to_id = None
    capacity.end_offer(offer.agent_id)
    conversations.look_for_agent()
    return True


def forgive(user_id: int) -> int:
    """What the agent declined or missed may come back to them, since they pressed Next (SPEC 5.6); returns how many."""
    unforgiven = sa.update(Offer).where(
        Offer.agent_id == user_id, Offer.state.in_(GIVEN_UP), Offer.is_forgiven.is_(False)
    )
    return db.change(unforgiven.values(is_forgiven=True))


def _pass_on(conversation: Conversation, agent: User, sentence: str, now: datetime) -> None:
    conversation.offered_to_id = None
    capacity.end_offer(agent.id, pauses_at=now)
    timeline.event(conversation, sentence, now, agent_id=agent.id)
    conversations.look_for_agent()


def _end(offer: Offer, state: OfferState, now: datetime, *conditions: Any) -> bool:
    statement = sa.update(Offer).where(Offer.id == offer.id, Offer.state == PENDING, *conditions)
    if not db.change(statement.values(state=state, ended_at=now)):
        return False
    db.session().refresh(offer)
    return True
