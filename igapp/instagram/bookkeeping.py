"""What the ledger says when asked: counts, and failed events tried once more (SPEC 2.2, CONTRACT)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from igapp import db
from igapp.background import later
from igapp.models import Event, Outcome, Send, SendState

Key = TypeVar("Key")

SLICE = 500
"""Events that are put back in one transaction."""


def status() -> dict[str, object]:
    """Count events and sends: received = pending + applied + ignored + failed; duplicates beside them."""
    outcomes = _counted(sa.select(Event.outcome, sa.func.count()).group_by(Event.outcome))
    states = _counted(sa.select(Send.state, sa.func.count()).group_by(Send.state))
    duplicates = db.session().scalar(sa.select(sa.func.coalesce(sa.func.sum(Event.redeliveries), 0)))
    counts = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
    return {
        "received": sum(counts.values()),
        **counts,
        "duplicates": int(duplicates or 0),
        "sends": {state.value: states.get(state, 0) for state in SendState},
    }


def replay(ids: Sequence[int], now: datetime, *, with_ignored: bool = False) -> int:
    """Put failed events (these, or all; ignored ones too if asked) back to be applied; commits in slices."""
    outcomes = [Outcome.FAILED, Outcome.IGNORED] if with_ignored else [Outcome.FAILED]
    done, last = 0, 0
    while found := _slice(ids, outcomes, last):
        _put_back([row.id for row in found], now)
        for lane in {row.lane for row in found}:
            later("drain", lane)
        db.commit()
        done, last = done + len(found), found[-1].id
    db.commit()
    return done


def _slice(ids: Sequence[int], outcomes: Iterable[Outcome], after: int) -> Sequence[sa.Row[int, int]]:
    wanted = sa.select(Event.id, Event.lane).where(Event.outcome.in_(list(outcomes)), Event.id > after)
    if ids:
        wanted = wanted.where(Event.id.in_(list(ids)))
    return db.session().execute(wanted.order_by(Event.id).limit(SLICE)).all()


def _put_back(ids: Sequence[int], now: datetime) -> None:
    again = {"outcome": Outcome.PENDING, "reason": None, "attempts": 0, "next_try_at": now, "ended_at": None}
    db.change(sa.update(Event).where(Event.id.in_(ids)).values(again))


def _counted(wanted: sa.Select[Key, int]) -> dict[Key, int]:
    return {row[0]: row[1] for row in db.session().execute(wanted)}
