"""Which agent receives a request: eligible, fewest customers first, then longest since the last offer (SPEC 5.4, 5.6).

Everybody in the inbox is looked at in one query, which also says who was skipped and why.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.db import BigId, UtcDateTime
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
MOMENT: UtcDateTime = UtcDateTime()
_NOW, _HEARD_SINCE, _PAUSED_SINCE, _ARRIVED_AT = (
    sa.bindparam(name, type_=MOMENT) for name in ("now", "heard_since", "paused_since", "arrived_at")
)
_STANDARD, _BEST, _LOAD, _CONVERSATION, _INBOX = (
    sa.bindparam(name, type_=BigId) for name in ("standard", "best", "load_seen", "conversation", "inbox")
)


def take_best(conversation: Conversation, now: datetime) -> tuple[User, dict[str, Any]] | None:
    """Take a place of the best agent for a locked conversation; returns the agent and the reasons, if there is one.

    An agent whose row is locked is being given something else just now: the next best is asked instead.
    """
    known = _known(now) | {
        "conversation": conversation.id,
        "inbox": conversation.inbox_id,
        "arrived_at": conversation.arrived_at,
    }
    for _ in range(TRIES):
        looked_at = db.session().execute(_members(), known).all()
        free = [row for row in looked_at if row.reason == FREE]
        if not free:
            return None
        best = next((row for row in free if _take(row, known)), None)
        if best is not None:
            agent = db.session().get_one(User, best.user_id, populate_existing=True)
            return agent, _why(conversation, best, looked_at)
    return None


def inboxes_with_room(now: datetime) -> Sequence[int]:
    """Return the inboxes that have an agent to whom something could be offered now."""
    return db.session().scalars(_inboxes(), _known(now)).all()


def _known(now: datetime) -> dict[str, Any]:
    """Return what the statements compare with; a pause that does not end by itself began after any moment."""
    flow = settings.workflow()
    return {
        "now": now,
        "heard_since": presence.last_moment(now),
        "paused_since": now - utc.seconds(flow.next_delay_seconds) if flow.next_delay_seconds else utc.EPOCH,
        "standard": flow.standard_capacity,
    }


def _take(best: Row, known: dict[str, Any]) -> bool:
    """Take the place, unless the row is locked, or anything that made them the best has changed meanwhile."""
    taken: Any = db.session().execute(_taking(), known | {"best": best.user_id, "load_seen": best.load})
    return bool(taken.rowcount)


# The statements are built once: that costs more than running them.


@cache
def _inboxes() -> sa.Select[int]:
    return (
        sa.select(InboxMember.inbox_id)
        .distinct()
        .join(Agent, Agent.user_id == InboxMember.user_id)
        .join(User, User.id == Agent.user_id)
        .join(Presence, Presence.user_id == Agent.user_id)
        .where(User.is_active, Agent.is_available, _is_eligible(), presence.heard_since(_HEARD_SINCE))
    )


@cache
def _taking() -> sa.Update:
    unchanged = (Agent.user_id == _BEST, Agent.load == _LOAD, Agent.is_available, _is_eligible())
    unlocked = sa.select(Agent.user_id).where(*unchanged).with_for_update(skip_locked=True).scalar_subquery()
    taken = sa.update(Agent).where(Agent.user_id == unlocked)
    taken = taken.values(load=Agent.load + 1, is_offered=True, last_offered_at=_NOW)
    return taken.execution_options(synchronize_session=False)


def _is_eligible() -> sa.ColumnElement[bool]:
    """Return the conditions on Agent alone, besides the switch."""
    return sa.and_(~_is_paused(), Agent.is_offered.is_(False), Agent.load < _STANDARD)


def _is_paused() -> sa.ColumnElement[bool]:
    return sa.and_(Agent.paused_at.is_not(None), Agent.paused_at > _PAUSED_SINCE)


def _reason() -> sa.ColumnElement[str]:
    return sa.case(
        (sa.or_(Presence.user_id.is_(None), sa.not_(presence.heard_since(_HEARD_SINCE))), "away"),
        (Agent.is_available.is_(False), "off"),
        (_is_paused(), "paused"),
        (Agent.is_offered, "offered"),
        (Agent.load >= _STANDARD, "full"),
        else_=FREE,
    )


@cache
def _members() -> sa.Select[Any]:
    """Return the active members of the inbox by reason, the best first, a few of each with the number of all."""
    tries, reason = _tries(), _reason().label("reason")
    never = sa.func.coalesce(Agent.last_offered_at, utc.EPOCH)
    order = (sa.func.coalesce(tries.c.count, 0), Agent.load, never, Agent.user_id)
    place = sa.func.row_number().over(partition_by=reason, order_by=order).label("place")
    count = sa.func.count().over(partition_by=reason).label("count")
    looked_at = (
        sa.select(Agent.user_id, User.name, Agent.load, reason, place, count)
        .select_from(InboxMember)
        .join(Agent, Agent.user_id == InboxMember.user_id)
        .join(User, User.id == Agent.user_id)
        .outerjoin(Presence, Presence.user_id == Agent.user_id)
        .outerjoin(tries, tries.c.agent_id == Agent.user_id)
        .where(InboxMember.inbox_id == _INBOX, User.is_active)
        .subquery()
    )
    return sa.select(looked_at).where(looked_at.c.place <= NAMED).order_by(looked_at.c.reason, looked_at.c.place)


def _tries() -> sa.Subquery:
    """Count how often each agent declined or missed this request: whoever did so least comes first (SPEC 5.6)."""
    return (
        sa.select(Offer.agent_id, sa.func.count().label("count"))
        .where(
            Offer.conversation_id == _CONVERSATION,
            Offer.state.in_((OfferState.DECLINED, OfferState.MISSED)),
            Offer.is_forgiven.is_(False),
            Offer.offered_at >= _ARRIVED_AT,
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
