"""The delivery ledger: takes events in, once each, and tells what became of them (SPEC 2.2)."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from igapp import db, utc
from igapp.instagram import events, keys
from igapp.instagram.contents import Unreadable
from igapp.instagram.events import WireEvent
from igapp.instagram.together import Together
from igapp.models import LANES, Event, Outcome

log = logging.getLogger(__name__)

Rows = list[dict[str, Any]]

AFTER = timedelta(microseconds=1)
"""How far apart the events of one delivery are written down."""
FUTURE_HOURS = 24
"""A platform time further ahead of ours than this is none."""
UNREADABLE = "The delivery is not JSON, or nested too deeply to be read."


@dataclass(frozen=True)
class Receipt:
    """What one delivery left in the ledger."""

    lanes: frozenset[int]
    """Where its events wait."""
    received: int
    duplicates: int


def record(raw: bytes, request_id: str, now: datetime) -> Receipt:
    """Store the events of a delivery; what was stored before is only counted.

    Deliveries that come at the same time share one statement and one commit.
    """
    rows = _merged(_rows(raw, request_id, now))
    if not rows:
        return Receipt(frozenset(), 0, 0)
    known = _storing.do(rows)
    duplicates = known + sum(row["redeliveries"] for row in rows)
    waiting = (row["lane"] for row in rows if row["outcome"] == Outcome.PENDING)
    return Receipt(frozenset(waiting), len(rows) - known, duplicates)


def _store(deliveries: Sequence[Rows]) -> list[int]:
    """Store the rows of several deliveries and commit; returns how many of each were known."""
    rows = _merged(dict(row) for delivery in deliveries for row in delivery)
    with db.lone_statement() as connection:
        stored = connection.execute(_INSERTS[connection.dialect.name], rows).all()
    came_with = {(account_id, key): request_id for account_id, key, request_id in stored}
    return [sum(came_with[_key(row)] != row["request_id"] for row in delivery) for delivery in deliveries]


_storing = Together(_store)


def _rows(raw: bytes, request_id: str, now: datetime) -> list[dict[str, Any]]:
    """Each event arrives a moment after the one before it: what bears one platform time stays in Meta's order (D5)."""
    try:
        return [_row(event, request_id, now, now + place * AFTER) for place, event in enumerate(events.parse(raw))]
    except RecursionError:
        return [_row(events.unreadable(raw), request_id, now, now)]


def _row(event: WireEvent, request_id: str, now: datetime, arrived_at: datetime) -> dict[str, Any]:
    is_readable = not isinstance(event.content, Unreadable)
    is_sensible = event.at is not None and event.at <= now + utc.hours(FUTURE_HOURS)
    return {
        "platform_account_id": event.account_id,
        "event_key": event.key,
        "lane": event.lane(LANES),
        "kind": event.kind,
        "platform_id": keys.platform_id(event.content),
        "igsid": event.customer_id,
        "at": event.at if is_sensible else arrived_at,
        "received_at": arrived_at,
        "request_id": request_id,
        "body": event.body,
        "redeliveries": 0,
        "outcome": Outcome.PENDING if is_readable else Outcome.FAILED,
        "reason": None if is_readable else UNREADABLE,
        "attempts": 0,
        "next_try_at": now,
        "ended_at": None if is_readable else now,
    }


def _merged(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge events that came twice in one delivery; in one order everywhere, so that nobody deadlocks."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        kept = merged.setdefault(_key(row), row)
        if kept is not row:
            kept["redeliveries"] += row["redeliveries"] + 1
    return [merged[key] for key in sorted(merged)]


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["platform_account_id"], row["event_key"]


def _insert(module: Any) -> Any:
    insert = module.insert(Event)
    again = Event.redeliveries + insert.excluded.redeliveries + 1
    return insert.on_conflict_do_update(
        index_elements=["platform_account_id", "event_key"], set_={"redeliveries": again}
    ).returning(Event.platform_account_id, Event.event_key, Event.request_id)


_INSERTS = {"postgresql": _insert(postgresql), "sqlite": _insert(sqlite)}
