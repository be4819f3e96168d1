"""Counts for monitors: what waits, what failed, who is there; each from one short query."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import account_health, connections, presence
from igapp.models import (
    LANES,
    Account,
    AccountState,
    Agent,
    Conversation,
    Event,
    Offer,
    OfferState,
    Outcome,
    Presence,
    Send,
    SendState,
    Status,
)  # fmt: skip

LANES_A_BLOCK = 32
"""Lanes that are counted together: a label for each lane would be too many."""

Samples = dict[str, float]
"""Values by label; "" where there is only one."""


def all_of(now: datetime) -> dict[str, tuple[str, str, Samples]]:
    """Return every gauge by name: what it says, the name of its label, its values."""
    by_block, deepest = _lanes()
    return {
        "igapp_events": ("Events in the ledger, by outcome", "outcome", _counts(Event.outcome, Outcome)),
        "igapp_oldest_pending_event_seconds": ("Age of the oldest event not applied yet", "", _oldest(now)),
        "igapp_pending_events": ("Events that wait to be applied, by block of lanes", "lanes", by_block),
        "igapp_deepest_lane_events": ("Events that wait in the lane that has most", "", {"": deepest}),
        "igapp_sends": ("Sends by state", "state", _counts(Send.state, SendState)),
        "igapp_conversations": ("Conversations by status", "status", _counts(Conversation.status, Status)),
        "igapp_pending_offers": ("Banners that agents see now", "", _one(_pending_offers())),
        "igapp_available_agents": ("Agents who receive work now", "", _one(_available(now))),
        "igapp_token_days": ("Whole days that an account's token still lives", "account", _token_days(now)),
        "igapp_accounts": ("Instagram accounts by state", "state", _counts(Account.state, AccountState)),
    }


def _counts(
    column: sa.orm.InstrumentedAttribute[Outcome]
    | sa.orm.InstrumentedAttribute[SendState]
    | sa.orm.InstrumentedAttribute[Status]
    | sa.orm.InstrumentedAttribute[AccountState],
    states: type[Outcome] | type[SendState] | type[Status] | type[AccountState],
) -> Samples:
    found = {row[0]: row[1] for row in db.session().execute(sa.select(column, sa.func.count()).group_by(column))}
    return {state.value: float(found.get(state, 0)) for state in states}


def _lanes() -> tuple[Samples, float]:
    """Return how many events wait in each block of lanes, and how many in the deepest lane."""
    waiting = Event.outcome == db.written(Event.outcome, Outcome.PENDING)
    rows = db.session().execute(sa.select(Event.lane, sa.func.count()).where(waiting).group_by(Event.lane))
    depths = {row[0]: row[1] for row in rows}
    blocks = [range(first, first + LANES_A_BLOCK) for first in range(0, LANES, LANES_A_BLOCK)]
    found = {f"{lanes[0]}-{lanes[-1]}": float(sum(depths.get(lane, 0) for lane in lanes)) for lanes in blocks}
    return found, float(max(depths.values(), default=0))


def _oldest(now: datetime) -> Samples:
    oldest = db.session().scalar(sa.select(sa.func.min(Event.received_at)).where(Event.outcome == Outcome.PENDING))
    return {"": (now - oldest).total_seconds() if oldest else 0.0}


def _pending_offers() -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(Offer).where(Offer.state == OfferState.OFFERED)


def _available(now: datetime) -> sa.Select[int]:
    joined = sa.join(Agent, Presence, Presence.user_id == Agent.user_id)
    wanted = sa.select(sa.func.count()).select_from(joined)
    return wanted.where(Agent.is_available, Agent.paused_at.is_(None), presence.connected(now))


def _token_days(now: datetime) -> Samples:
    known = ((account.username, account_health.token_days(account, now)) for account in connections.in_use())
    return {name: float(days) for name, days in known if days is not None}


def _one(wanted: sa.Select[int]) -> Samples:
    return {"": float(db.session().scalar(wanted) or 0)}
