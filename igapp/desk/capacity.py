"""How many customers an agent has: those held with an open session, and a pending offer (SPEC 5.2).

`load` changes here alone, by UPDATEs that lock the agent's row in the transaction that moves the work.
Always after the conversation's own lock: conversation first, then agent.
"""

from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db
from igapp.background import later
from igapp.models import Agent, Conversation, Offer, OfferState, Status


def take(agent_id: int, below: int | None = None, *, unless_offered: bool = False) -> bool:
    """Take a place if the agent has fewer than `below` customers; returns whether it was taken."""
    room = [] if below is None else [Agent.load < below]
    free = [Agent.is_offered.is_(False)] if unless_offered else []
    taken = db.change(sa.update(Agent).where(Agent.user_id == agent_id, *room, *free).values(load=Agent.load + 1))
    bell.ring(f"desk:{agent_id}")
    return taken > 0


def free(agent_id: int) -> None:
    """Give a place back and let routing look for work."""
    db.change(sa.update(Agent).where(Agent.user_id == agent_id).values(load=Agent.load - 1))
    bell.ring(f"desk:{agent_id}")
    later("route")


def keep_offered_place(agent_id: int) -> None:
    """Turn the place of an accepted offer into that of a customer held."""
    db.change(sa.update(Agent).where(Agent.user_id == agent_id).values(is_offered=False))
    bell.ring(f"desk:{agent_id}")


def end_offer(agent_id: int, pauses_at: datetime | None = None) -> None:
    """Give back the place of a pending offer; `pauses_at` is set when it was declined or missed."""
    values = {"load": Agent.load - 1, "is_offered": False} | ({"paused_at": pauses_at} if pauses_at else {})
    db.change(sa.update(Agent).where(Agent.user_id == agent_id).values(values))
    bell.ring(f"desk:{agent_id}")
    later("route")


def load_of(agent_id: int) -> int:
    """Return the agent's number of customers."""
    return db.session().scalar(sa.select(Agent.load).where(Agent.user_id == agent_id)) or 0


def take_for_offer(agent_id: int, below: int, now: datetime) -> bool:
    """Take a place for an offer, if the agent has no other and fewer than `below` customers."""
    room = (Agent.user_id == agent_id, Agent.is_offered.is_(False), Agent.load < below)
    taken = sa.update(Agent).where(*room).values(load=Agent.load + 1, is_offered=True, last_offered_at=now)
    return db.change(taken) > 0


def recount() -> dict[int, tuple[int, int]]:
    """Put right any load that differs from what the tables say; returns {agent: (stored, counted)} of those.

    Who looks wrong without a lock is counted again under it, since work may be on the move.
    """
    wrong: dict[int, tuple[int, int]] = {}
    for suspect in db.session().scalars(sa.select(Agent.user_id).where(_is_wrong()).order_by(Agent.user_id)).all():
        db.session().execute(sa.select(Agent.user_id).where(Agent.user_id == suspect).with_for_update())
        for row in db.session().execute(
            sa.select(Agent.load, _counted(), _offered()).where(Agent.user_id == suspect, _is_wrong())
        ):
            stored, counted, offered = row
            right = sa.update(Agent).where(Agent.user_id == suspect)
            db.change(right.values(load=counted, is_offered=offered > 0))
            wrong[suspect] = (stored, counted)
    return wrong


def _is_wrong() -> sa.ColumnElement[bool]:
    return sa.or_(Agent.load != _counted(), Agent.is_offered != (_offered() > 0))


def _counted() -> sa.ColumnElement[int]:
    return _held() + _offered()


def _held() -> sa.ScalarSelect[int]:
    is_open = Conversation.status == db.written(Conversation.status, Status.OPEN)
    held = sa.select(sa.func.count()).where(Conversation.agent_id == Agent.user_id, is_open)
    return held.correlate(Agent).scalar_subquery()


def _offered() -> sa.ScalarSelect[int]:
    is_pending = Offer.state == db.written(Offer.state, OfferState.OFFERED)
    offered = sa.select(sa.func.count()).where(Offer.agent_id == Agent.user_id, is_pending)
    return offered.correlate(Agent).scalar_subquery()
