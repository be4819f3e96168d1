"""Sums of the reports' facts per day of the company's time zone, and per month, so that reports stay fast (12.5).

Today is summed again every minute, a past day for two days, since late news may still change it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import backlogs, daysums, hours
from igapp.desk.daysums import ANSWERS, COUNTERS, Buckets, Key
from igapp.models import ReportBucket, ReportCount, ReportPeriod, Wait

FRESH_SECONDS = 60
"""So old may today's sums be."""
SETTLING_HOURS = 48
"""So long after its end a day is summed again, hourly: late echoes and fetched messages still come."""


def due(now: datetime) -> list[date]:
    """Return the days to be summed now, the newest first."""
    today = hours.today(now)
    built = _periods(is_month=False)
    days = (today - timedelta(days=back) for back in range((today - _first_day(today)).days + 1))
    return [day for day in days if _is_due(built.get(day), now)]


def due_months() -> list[date]:
    """Return the first days of months whose days are all settled, and were summed after the month was."""
    months, last_built = _periods(is_month=True), dict[date, datetime]()
    unsettled = set[date]()
    for day, row in _periods(is_month=False).items():
        first = day.replace(day=1)
        settled_at = row.ended_at + utc.hours(SETTLING_HOURS)
        if row.built_at is None or row.built_at < settled_at:
            unsettled.add(first)
        else:
            last_built[first] = max(row.built_at, last_built.get(first, row.built_at))
    return [
        first
        for first, built_at in sorted(last_built.items())
        if first not in unsettled and _is_older(months.get(first), built_at)
    ]


def build(day: date, now: datetime) -> None:
    """Sum one day anew; of two that do so at once the second waits for the first."""
    row = _claimed(day, now, is_month=False)
    row.began_at, row.ended_at = _bounds(day)
    counts, buckets = daysums.of(row.began_at, row.ended_at)
    _forget(day, is_month=False)
    _insert(ReportCount, (_values(key, day) | dict.fromkeys(COUNTERS, 0) | found for key, found in counts.items()))
    _insert(ReportBucket, _bucket_rows(day, buckets))
    if now < row.ended_at:
        backlogs.write_down(day)
    row.built_at = now


def build_month(first: date, now: datetime) -> None:
    """Sum a month's days into one."""
    row = _claimed(first, now, is_month=True)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    row.began_at, row.ended_at = _bounds(first)[0], _bounds(last)[1]
    _forget(first, is_month=True)
    _sum(ReportCount, [ReportCount.dimension, ReportCount.inbox_id, ReportCount.key], COUNTERS, first, last)
    keys = [ReportBucket.dimension, ReportBucket.inbox_id, ReportBucket.key, ReportBucket.bucket]
    _sum(ReportBucket, keys, ANSWERS, first, last)
    row.built_at = now


def _is_due(row: ReportPeriod | None, now: datetime) -> bool:
    if row is None or row.built_at is None:
        return True
    age = now - row.built_at
    if row.ended_at > now:
        return age >= utc.seconds(FRESH_SECONDS)
    settled_at = row.ended_at + utc.hours(SETTLING_HOURS)
    return row.built_at < row.ended_at or (row.built_at < settled_at and (age >= utc.hours(1) or now >= settled_at))


def _is_older(row: ReportPeriod | None, than: datetime) -> bool:
    return row is None or row.built_at is None or row.built_at < than


def _periods(*, is_month: bool) -> dict[date, ReportPeriod]:
    rows = db.session().scalars(sa.select(ReportPeriod).where(ReportPeriod.is_month == is_month))
    return {row.first_day: row for row in rows}


def _first_day(today: date) -> date:
    first = db.session().scalar(sa.select(sa.func.min(Wait.ended_at)))
    yesterday = today - timedelta(days=1)
    return min(first.astimezone(hours.current().zone).date(), yesterday) if first else yesterday


def _bounds(day: date) -> tuple[datetime, datetime]:
    """A day begins where the one before it ended, even if the time zone was changed meanwhile."""
    before = db.session().get(ReportPeriod, (day - timedelta(days=1), False))
    began_at = before.ended_at if before is not None else _midnight(day)
    return began_at, _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), hours.current().zone).astimezone(UTC)


def _claimed(first: date, now: datetime, *, is_month: bool) -> ReportPeriod:
    """Return the period's row, new where it is not there, locked."""
    values = {"first_day": first, "is_month": is_month, "began_at": now, "ended_at": now, "built_at": None}
    db.session().execute(db.insert(ReportPeriod).values(values).on_conflict_do_nothing())
    wanted = sa.select(ReportPeriod).where(ReportPeriod.first_day == first, ReportPeriod.is_month == is_month)
    return db.session().scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()


def _forget(first: date, *, is_month: bool) -> None:
    for table in (ReportCount, ReportBucket):
        db.change(sa.delete(table).where(table.first_day == first, table.is_month == is_month))


def _values(key: Key, day: date) -> dict[str, Any]:
    return daysums.columns(key, day) | {"is_month": False}


def _bucket_rows(day: date, buckets: Buckets) -> Iterable[dict[str, Any]]:
    for (key, bucket), found in buckets.items():
        if found:
            yield _values(key, day) | dict.fromkeys(ANSWERS, 0) | {"bucket": bucket} | found


def _insert(table: type[ReportCount] | type[ReportBucket], rows: Iterable[dict[str, Any]]) -> None:
    found = list(rows)
    if found:
        db.session().execute(sa.insert(table), found)


def _sum(table: Any, keys: list[Any], added: Sequence[str], first: date, last: date) -> None:
    """Insert the sums of a month's days, in the database alone."""
    days = sa.and_(table.is_month.is_(False), table.first_day.between(first, last))
    whole = [sa.literal(True).label("is_month"), sa.literal(first, sa.Date()).label("first_day")]
    sums = [sa.func.sum(getattr(table, name)) for name in added]
    query = sa.select(*keys, *whole, *sums).where(days).group_by(*keys)
    names = [*(column.key for column in keys), "is_month", "first_day", *added]
    db.session().execute(sa.insert(table).from_select(names, query))
