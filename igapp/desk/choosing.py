"""Which agent receives a request: eligible, fewest customers first, then longest since the last offer (SPEC 5.4, 5.6).

Everybody in the inbox is looked at in one query, which also says who was skipped and why.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import presence, settings
from igapp.models import Agent, Conversation, InboxMember, Offer, OfferState, Presence, User

NAMED = 5
"""How many agents are named for each reason; the others are counted."""
TRIES = 20
"""How often another agent is looked for when other workers were faster."""

FREE = "free"
REASONS = {
    "away": "not connected",
    "off": "Messaging is off",
    "paused": "declined or missed a request, and has not pressed Next since",
    "offered": "has another request to answer",
    "full": "has as many customers as are given automatically",
}
"""Why an agent is skipped, in words; the first that holds counts."""

Row = sa.Row[Any]


def take_best(conversation: Conversation, now: datetime) -> tuple[User, dict[str, Any]] | None:
    """Take a place of the best agent for a locked conversation; returns the agent and the reasons, if there is one."""
    for _ in range(TRIES):
        looked_at = db.session().execute(_members(conversation, now)).all()
        best = next((row for row in looked_at if row.reason == FREE), None)
        if best is None:
            return None
        if _take(best, now):
            agent = db.session().get_one(User, best.user_id, populate_existing=True)
            return agent, _why(conversation, best, looked_at)
    return None


def inboxes_with_room(now: datetime) -> Sequence[int]:
    """Return the inboxes that have an agent to whom something could be offered now."""
    wanted = (
        sa.select(InboxMember.inbox_id)
        .distinct()
        .join(Agent, Agent.user_id == InboxMember.user_id)
        .join(User, User.id == Agent.user_id)
        .join(Presence, Presence.user_id == Agent.user_id)
        .where(User.is_active, Agent.is_available, _is_eligible(now), presence.connected(now))
    )
    return db.session().scalars(wanted).all()


def _take(best: Row, now: datetime) -> bool:
    """Take the place, unless anything that made them the best has changed meanwhile."""
    unchanged = (Agent.user_id == best.user_id, Agent.load == best.load, Agent.is_available, _is_eligible(now))
    taken = sa.update(Agent).where(*unchanged)
    return db.change(taken.values(load=Agent.load + 1, is_offered=True, last_offered_at=now)) > 0


def _is_eligible(now: datetime) -> sa.ColumnElement[bool]:
    """Return the conditions on Agent alone, besides the switch."""
    has_room = Agent.load < settings.workflow().standard_capacity
    return sa.and_(~_is_paused(now), Agent.is_offered.is_(False), has_room)


def _is_paused(now: datetime) -> sa.ColumnElement[bool]:
    delay = settings.workflow().next_delay_seconds
    is_paused = Agent.paused_at.is_not(None)
    return sa.and_(is_paused, Agent.paused_at > now - utc.seconds(delay)) if delay else is_paused


def _reason(now: datetime) -> sa.ColumnElement[str]:
    return sa.case(
        (sa.or_(Presence.user_id.is_(None), sa.not_(presence.connected(now))), "away"),
        (Agent.is_available.is_(False), "off"),
        (_is_paused(now), "paused"),
        (Agent.is_offered, "offered"),
        (Agent.load >= settings.workflow().standard_capacity, "full"),
        else_=FREE,
    )


def _members(conversation: Conversation, now: datetime) -> sa.Select[Any]:
    """Return the active members of the inbox by reason, the best first, a few of each with the number of all."""
    tries = _tries(conversation)
    tried, offered_at = sa.func.coalesce(tries.c.count, 0), sa.func.coalesce(Agent.last_offered_at, utc.EPOCH)
    order = (tried, Agent.load, offered_at, Agent.user_id)
    reason = _reason(now).label("reason")
    looked_at = (
        sa.select(
            Agent.user_id,
            User.name,
            Agent.load,
            reason,
            sa.func.row_number().over(partition_by=reason, order_by=order).label("place"),
            sa.func.count().over(partition_by=reason).label("count"),
        )
        .select_from(InboxMember)
        .join(Agent, Agent.user_id == InboxMember.user_id)
        .join(User, User.id == Agent.user_id)
        .outerjoin(Presence, Presence.user_id == Agent.user_id)
        .outerjoin(tries, tries.c.agent_id == Agent.user_id)
        .where(InboxMember.inbox_id == conversation.inbox_id, User.is_active)
        .subquery()
    )
    return sa.select(looked_at).where(looked_at.c.place <= NAMED).order_by(looked_at.c.reason, looked_at.c.place)


def _tries(conversation: Conversation) -> sa.Subquery:
    """Count how often each agent declined or missed this request: whoever did so least comes first (SPEC 5.6)."""
    return (
        sa.select(Offer.agent_id, sa.func.count().label("count"))
        .where(
            Offer.conversation_id == conversation.id,
            Offer.state.in_((OfferState.DECLINED, OfferState.MISSED)),
            Offer.is_forgiven.is_(False),
            Offer.offered_at >= conversation.arrived_at,
        )
        .group_by(Offer.agent_id)
        .subquery()
    )


def _why(conversation: Conversation, best: Row, looked_at: Sequence[Row]) -> dict[str, Any]:
    """Say who was considered and who was skipped, for the offer's "Why me?"."""
    skipped = [row for row in looked_at if row.reason != FREE]
    return {
        "inbox": conversation.inbox.name,
        "load": best.load,
        "standard": settings.workflow().standard_capacity,
        "considered": [{"name": row.name, "load": row.load} for row in looked_at if row.reason == FREE],
        "considered_count": best.count,
        "skipped": [{"name": row.name, "reason": REASONS[row.reason]} for row in skipped],
        "skipped_count": sum(row.count for row in skipped if row.place == 1),
    }
