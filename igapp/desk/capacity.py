"""How many customers an agent has: those held with an open session, and a pending offer (SPEC 5.2).

`load` changes here alone, by UPDATEs that lock the agent's row in the transaction that moves the work.
Always after the conversation's own lock: conversation first, then agent.
"""

from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db
from igapp.background import later
from igapp.models import Agent, Conversation, Offer, OfferState, Status


def take(agent_id: int, below: int | None = None) -> bool:
    """Take a place if the agent has fewer than `below` customers; returns whether it was taken."""
    room = [] if below is None else [Agent.load < below]
    taken = db.change(sa.update(Agent).where(Agent.user_id == agent_id, *room).values(load=Agent.load + 1))
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


def recount() -> dict[int, tuple[int, int]]:
    """Put right any load that differs from what the tables say; returns {agent: (stored, counted)} of those."""
    counted = sa.select(Agent.user_id, Agent.load, (_held() + _offered()).label("counted")).order_by(Agent.user_id)
    if db.is_postgres():
        counted = counted.with_for_update()
    wrong = {row.user_id: (row.load, row.counted) for row in db.session().execute(counted) if row.load != row.counted}
    for agent_id, (_stored, right) in wrong.items():
        db.change(sa.update(Agent).where(Agent.user_id == agent_id).values(load=right))
    return wrong


def _held() -> sa.ScalarSelect[int]:
    held = sa.select(sa.func.count()).where(Conversation.agent_id == Agent.user_id, Conversation.status == Status.OPEN)
    return held.correlate(Agent).scalar_subquery()


def _offered() -> sa.ScalarSelect[int]:
    offered = sa.select(sa.func.count()).where(Offer.agent_id == Agent.user_id, Offer.state == OfferState.OFFERED)
    return offered.correlate(Agent).scalar_subquery()
