"""Lanes: each is drained by one worker at a time, in batches, in the platform's order (GUARANTEES L2, L3).

Whoever drains a lane holds its row's lock until the batch commits, so a killed worker lets go at once.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from igapp import background, db, utc
from igapp.background import later
from igapp.desk import wiping
from igapp.desk.ledger import put_back
from igapp.instagram import events, interpreter
from igapp.instagram.interpreter import Case
from igapp.instagram.verdict import Verdict, failed
from igapp.models import LANES, Account, AccountState, Event, Lane, Outcome

log = logging.getLogger(__name__)

BATCH = 250
"""Events applied in one transaction."""
LANES_AT_ONCE = 32
"""Lanes that one batch may take from, so that lanes with one event each cost no transaction each."""
PAUSES = (1, 5, 30, 120, 600)
"""Seconds until a failed event is tried again; after the last it is parked for an administrator."""
RECOVERED = "recovered-"
"""How the request id of what no webhook told of begins."""
CONNECTING_SECONDS = 60
"""Connecting takes some calls of 7 s at most; Meta may tell of an account before we have stored it."""
STALE_SECONDS = 30
"""How exact the account's "last event" is."""

PENDING = sa.literal(Outcome.PENDING, Event.outcome.type, literal_execute=True)
"""Written into the statement: a partial index serves no parameter."""

Row = sa.Row[Any]


def wake(numbers: Iterable[int]) -> None:
    """Have lanes looked at where something was stored: one job for each block of them, since a drain looks at all."""
    background.at_once(*(("drain", block) for block in sorted({one - one % LANES_AT_ONCE for one in numbers})))


def drain(number: int, seconds: float, after_batch: Callable[[], None]) -> int:
    """Apply what waits, this lane's events first, until nothing is left or so many seconds are over.

    Lanes that others are draining are left to them: each looks again after its last commit, so nothing
    that came meanwhile is left behind. Returns the number of events.
    """
    deadline, done, named = time.monotonic() + seconds, 0, set[str]()
    while rows := _next_batch(number):
        _apply(rows)
        after_batch()
        done += len(rows)
        named |= {row.platform_account_id for row in rows if not row.request_id.startswith(RECOVERED)}
        number = rows[-1].lane + 1
        if time.monotonic() >= deadline:
            later("drain", number % LANES)
            break
    _note_activity(named, utc.now())
    return done


def late(now: datetime, grace_seconds: float) -> int | None:
    """Return a lane with an event that is due for longer than the grace, or None."""
    wanted = sa.select(Event.lane).where(
        Event.outcome == PENDING, Event.next_try_at <= now - utc.seconds(grace_seconds)
    )
    return db.session().scalar(wanted.order_by(Event.next_try_at).limit(1))


def hear_again(account: Account, now: datetime) -> None:
    """Have applied what came while an account was being connected, and was ignored as nobody's."""
    since = account.connected_at
    wanted = sa.select(Event.id).where(
        Event.received_at.between(since, since + utc.seconds(CONNECTING_SECONDS)),
        Event.platform_account_id.in_(account.platform_ids),
        Event.outcome == Outcome.IGNORED,
        Event.reason == interpreter.NOT_CONNECTED,
    )
    found = db.session().scalars(wanted).all()
    if found:
        put_back(found, now, with_ignored=True)


def look(event_id: int) -> Row | None:
    """Return an event that has no outcome yet."""
    return next(iter(_rows(Event.id == event_id, utc.FAR_FUTURE)), None)


def hold(event_id: int) -> Row | None:
    """Lock an event's lane until the transaction ends; returns the event if it has no outcome yet."""
    lane = sa.select(Event.lane).where(Event.id == event_id).scalar_subquery()
    db.session().execute(sa.select(Lane.number).where(Lane.number == lane).with_for_update())
    return look(event_id)


def settle(row: Row, verdict: Verdict, now: datetime) -> None:
    """Write down what became of one event; the caller commits."""
    _mark([(row, verdict)], now)


def _next_batch(number: int) -> Sequence[Row]:
    """Lock some lanes with work that nobody drains, and return their earliest events."""
    now = utc.now()
    due = sa.exists().where(Event.lane == Lane.number, *_is_due(now))
    nearest = (Lane.number + (LANES - number % LANES)) % LANES
    held = sa.select(Lane.number).where(due).order_by(nearest).limit(LANES_AT_ONCE)
    lanes = db.session().scalars(held.with_for_update(skip_locked=True)).all()
    rows = _rows(Event.lane.in_(lanes), now) if lanes else []
    if not rows:
        db.session().rollback()
    return rows


def _rows(which: sa.ColumnElement[bool], now: datetime) -> Sequence[Row]:
    columns: tuple[Any, ...] = (
        Event.id, Event.lane, Event.platform_account_id, Event.request_id,
        Event.body, Event.at, Event.received_at, Event.attempts, Event.igsid,
    )  # fmt: skip
    wanted = (
        sa.select(*columns).where(which, *_is_due(now)).order_by(Event.at, Event.received_at, Event.id).limit(BATCH)
    )
    return db.session().execute(wanted).all()


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Event.outcome == PENDING, Event.next_try_at <= now


def _apply(rows: Sequence[Row]) -> None:
    """Apply a batch in one transaction; where that fails, each event alone, so that a bad one fails alone."""
    try:
        _apply_together(rows)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other events must not suffer from it
        db.session().rollback()
        log.warning("batch_failed events=%d error=%s", len(rows), type(error).__name__)
        for row in rows:
            _apply_alone(row)


def _apply_together(rows: Sequence[Row]) -> None:
    now = utc.now()
    wires = [events.parse(row.body)[0] for row in rows]
    accounts = interpreter.accounts(wires)
    interpreter.prefetch(wires, accounts)
    judged = []
    for row, wire in zip(rows, wires, strict=True):
        case = Case(wire, row.at, row.received_at, now)
        judged.append((row, interpreter.interpret(case, accounts.get(wire.account_id))))
    db.session().flush()
    _mark(judged, now)
    told = [_told(row, verdict) for row, verdict in judged]
    db.commit()
    log.info("batch_applied events=%s", told)


def _told(row: Row, verdict: Verdict) -> dict[str, int | str | None]:
    """Say what became of an event: from its delivery's request to the conversation whose sends answer it."""
    item = verdict.item
    ids = {"item": item.id, "conversation": item.conversation_id} if item else {}
    return {"event": row.id, "request_id": row.request_id, "outcome": verdict.outcome.value, **ids}


def _apply_alone(row: Row) -> None:
    """Apply one event in a transaction of its own, unless somebody else has by now."""
    try:
        still = hold(row.id)
        if still is not None:
            _apply_together([still])
    except Exception as error:
        db.session().rollback()
        is_bug = not isinstance(error, DBAPIError)
        log.warning("event_failed event=%d error=%s", row.id, type(error).__name__, exc_info=is_bug)
        _mark([(row, _again(row, error))], utc.now())
    db.commit()


def _again(row: Row, error: Exception) -> Verdict:
    reason = f"{type(error).__name__}: {_words(error)}"
    if row.attempts >= len(PAUSES):
        return failed(reason)
    return Verdict(Outcome.PENDING, reason, again_at=utc.now() + utc.seconds(PAUSES[row.attempts]))


def _words(error: Exception) -> str:
    """Say what went wrong without the statement's values, which may be a customer's words."""
    cause = str(error.orig if isinstance(error, DBAPIError) else error)
    return cause.splitlines()[0][:200] if cause else ""


def _mark(judged: Sequence[tuple[Row, Verdict]], now: datetime) -> None:
    forgotten = [row.id for row, verdict in judged if verdict.is_forgotten]
    if forgotten:
        wiping.events(Event.id.in_(forgotten), now)
    marks = []
    for row, verdict in judged:
        has_ended = verdict.outcome != Outcome.PENDING
        has_failed = verdict.fetch is None and verdict.outcome in (Outcome.PENDING, Outcome.FAILED)
        marks.append({
            "event_id": row.id, "outcome": verdict.outcome, "reason": verdict.reason,
            "ended_at": now if has_ended else None, "attempts": row.attempts + has_failed,
            "next_try_at": verdict.again_at or now, "item_id": verdict.item.id if verdict.item else None,
        })  # fmt: skip
        if verdict.fetch:
            later(verdict.fetch, row.id)
        if has_ended and row.igsid is None and verdict.igsid:
            _name_author(row, verdict.igsid)
    db.session().connection().execute(_MARK, marks)


def _name_author(row: Row, igsid: str) -> None:
    """Whoever is erased is found by it; what was blanked meanwhile names nobody again."""
    naming = sa.update(Event).where(Event.id == row.id, Event.body != "")
    db.change(naming.values(igsid=igsid))


def _marking() -> sa.Update:
    names = ("outcome", "reason", "ended_at", "attempts", "next_try_at", "item_id")
    table: Any = Event.__table__
    marking = sa.update(table).where(Event.id == sa.bindparam("event_id"))
    return marking.values({name: sa.bindparam(name) for name in names})


_MARK = _marking()


def _note_activity(platform_ids: Iterable[str], now: datetime) -> None:
    named = set(platform_ids)
    if named:
        stale = sa.or_(Account.last_event_at.is_(None), Account.last_event_at < now - utc.seconds(STALE_SECONDS))
        which = sa.or_(Account.ig_user_id.in_(named), Account.app_scoped_id.in_(named))
        is_heard = Account.state != AccountState.DISCONNECTED
        statement = sa.update(Account).where(which, is_heard, stale).values(last_event_at=now)
        db.session().execute(statement.execution_options(synchronize_session=False))
    db.commit()
