"""The sums of a period, read from its months and days in two queries; what they are of is the caller's."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import spans
from igapp.desk.daysums import ANSWERS, COUNTERS, Key
from igapp.desk.spans import Histogram
from igapp.models import EVERYTHING, Dimension, ReportBacklog, ReportBucket, ReportCount, ReportPeriod

Summed = type[ReportCount] | type[ReportBucket]
Table = Summed | type[ReportBacklog]
Which = Callable[[Table], Sequence[sa.ColumnElement[bool]]]
"""Says of each table which of its rows are wanted; its index begins with dimension and inbox."""
OF = ("dimension", "inbox_id", "key")
BACKLOG = ("open", "waiting")


@dataclass(frozen=True)
class Period:
    """Days of the company's time zone, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """Return the period of the same length that ended where this one begins."""
        last = self.first - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last)


@dataclass(frozen=True)
class Figures:
    """The sums of a period; spans in seconds."""

    inbound: int = 0
    answered: int = 0
    in_time: int = 0
    late: int = 0
    cancelled: int = 0
    lost: int = 0
    declined: int = 0
    missed: int = 0
    open: int = 0
    """Conversations with an open session at the end of the period's last day that was summed; so are those waiting."""
    waiting: int = 0
    first: Histogram = field(default_factory=dict)
    """First answers of their sessions."""
    every: Histogram = field(default_factory=dict)
    """All answers."""

    @property
    def attainment(self) -> float | None:
        """Per cent of what fell due that was answered in time; what was cancelled in time does not count."""
        fell_due = self.in_time + self.late
        return 100 * self.in_time / fell_due if fell_due else None

    def first_reply(self, percent: float) -> float | None:
        """Return the seconds within which so many per cent of the first answers came."""
        return spans.percentile(self.first, percent)

    def reply(self, percent: float) -> float | None:
        """Return the seconds within which so many per cent of all answers came."""
        return spans.percentile(self.every, percent)


def summed(period: Period, *wanted: Which) -> dict[Key, Figures]:
    """Add up a period's whole months and its other days; what several ask for may not overlap."""
    parts, found = _parts(period), defaultdict[Key, dict[str, Any]](dict)
    counts, backlogs = _numbers(_sums(ReportCount, parts, wanted), COUNTERS), _backlogs(period, wanted)
    for key, numbers in chain(counts, _numbers(backlogs, BACKLOG)):
        found[key] |= numbers
    for key, (every, first) in _histograms(_sums(ReportBucket, parts, wanted)).items():
        found[key] |= {"every": every, "first": first}
    return {key: Figures(**figures) for key, figures in found.items()}


def _numbers(query: Any, names: Sequence[str]) -> Iterator[tuple[Key, dict[str, int]]]:
    for dimension, inbox_id, key, *numbers in db.session().execute(query):
        yield (dimension, inbox_id, key), dict(zip(names, numbers, strict=True))


def _histograms(query: Any) -> dict[Key, tuple[dict[int, int], dict[int, int]]]:
    """Return the histograms of all answers and of first ones, by key."""
    found: defaultdict[Key, tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for dimension, inbox_id, key, bucket, answers, first_answers in db.session().execute(query):
        every, first = found[dimension, inbox_id, key]
        every[bucket], first[bucket] = answers, first_answers
    return found


def _parts(period: Period) -> list[tuple[bool, date, date]]:
    """Return the period in parts: stretches of whole months that were summed as such, and of days."""
    summed = set(
        db.session().scalars(
            sa.select(ReportPeriod.first_day).where(
                ReportPeriod.is_month.is_(True),
                ReportPeriod.built_at.is_not(None),
                ReportPeriod.first_day.between(period.first, period.last),
            )
        )
    )
    parts: list[tuple[bool, date, date]] = []
    at = period.first
    while at <= period.last:
        is_month = at in summed and _next_month(at) - timedelta(days=1) <= period.last
        if parts and parts[-1][0] == is_month:
            parts[-1] = (is_month, parts[-1][1], at)
        else:
            parts.append((is_month, at, at))
        at = _next_month(at) if is_month else at + timedelta(days=1)
    return parts


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


COLUMNS: dict[Summed, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ReportCount: (OF, COUNTERS),
    ReportBucket: ((*OF, "bucket"), ANSWERS),
}
"""By what each table is grouped, and what of it is added up."""


def _sums(table: Summed, parts: Iterable[tuple[bool, date, date]], wanted: Iterable[Which]) -> Any:
    """Add up a table's rows: each part and wish is a range of the table's index, whatever else it holds."""
    by, added = COLUMNS[table]
    columns = [getattr(table, name) for name in (*by, *added)]
    ranges = [
        sa.select(*columns).where(*which(table), table.is_month == is_month, table.first_day.between(first, last))
        for is_month, first, last in parts
        for which in wanted
    ]
    rows = sa.union_all(*ranges).subquery()
    groups = [rows.c[name] for name in by]
    sums = (sa.cast(sa.func.sum(rows.c[name]), sa.BigInteger) for name in added)
    return sa.select(*groups, *sums).group_by(*groups)


def _backlogs(period: Period, wanted: Iterable[Which]) -> Any:
    """What stood at the end of the last day that was summed."""
    days = ReportBacklog.first_day.between(period.first, period.last)
    whole = (ReportBacklog.dimension == Dimension.ALL, ReportBacklog.inbox_id == EVERYTHING)
    last = sa.select(sa.func.max(ReportBacklog.first_day)).where(*whole, days).scalar_subquery()
    columns = [getattr(ReportBacklog, name) for name in (*OF, *BACKLOG)]
    return sa.union_all(
        *(sa.select(*columns).where(*which(ReportBacklog), ReportBacklog.first_day == last) for which in wanted)
    )
