"""Reports: what came in, what was answered, how fast, for a period (SPEC 12.5); read from the sums alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import overview, spans, timeline
from igapp.desk.daysums import COUNTERS
from igapp.desk.spans import Histogram
from igapp.models import (
    EVERYTHING,
    Account,
    Dimension,
    Inbox,
    ReportCount,
    ReportPeriod,
    ReportSpan,
    Topic,
    User,
)

LONGEST_DAYS = 366
"""Of a period."""

Table = type[ReportCount] | type[ReportSpan]


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
class Scope:
    """What is counted: all inboxes or one; everything in it, or what one agent, account or topic had."""

    inbox_id: int = EVERYTHING
    dimension: Dimension = Dimension.ALL
    key: int = EVERYTHING


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


@dataclass(frozen=True)
class Line:
    """One agent, inbox, account or topic of a breakdown."""

    id: int
    name: str
    figures: Figures


def totals(period: Period, scope: Scope) -> Figures:
    """Return the figures of everything in scope."""
    return _grouped(period, _in_scope(scope), "key").get(scope.key, Figures())


def by_inbox(period: Period) -> list[Line]:
    """Return a line for each inbox."""
    which = [("dimension", Dimension.ALL)]
    found = _grouped(period, which, "inbox_id")
    return _lines(found, lambda inbox: str(inbox.name), Inbox)


def broken_down(period: Period, dimension: Dimension, inbox_id: int = EVERYTHING) -> list[Line]:
    """Return a line for each agent, account or topic of an inbox (or all), those with most answers first."""
    found = _grouped(period, [("dimension", dimension), ("inbox_id", inbox_id)], "key")
    table, naming = NAMES[dimension]
    return _lines(found, naming, table)


def name_of(dimension: Dimension, key: int) -> str:
    """Return what one agent, account or topic is called."""
    table, naming = NAMES[dimension]
    found = db.session().get(table, key)
    return naming(found) if found is not None else "Unknown"


def by_day(period: Period, scope: Scope) -> list[tuple[date, int, int]]:
    """Return what came in and what was answered on each day, days without anything too."""
    days = sa.and_(ReportCount.is_month.is_(False), ReportCount.first_day.between(period.first, period.last))
    which = [getattr(ReportCount, name) == value for name, value in _in_scope(scope)]
    wanted = sa.select(ReportCount.first_day, ReportCount.inbound, ReportCount.answered).where(days, *which)
    found = {row[0]: (row[1], row[2]) for row in db.session().execute(wanted)}
    every = (period.first + timedelta(days=number) for number in range(period.days))
    return [(day, *found.get(day, (0, 0))) for day in every]


def standing(inbox_id: int, now: datetime) -> dict[str, int]:
    """Return what is new, open, waiting and overdue at this moment, up to overview.COUNT_LIMIT + 1."""
    inbox = inbox_id or None
    found = {status.value: number for status, number in overview.counts(overview.Filter(inbox_id=inbox), now).items()}
    return found | {"overdue": overview.alarms(inbox, now)[0]}


def built_at(period: Period) -> datetime | None:
    """Return how recent the period's newest sums are."""
    days = sa.and_(ReportPeriod.is_month.is_(False), ReportPeriod.first_day.between(period.first, period.last))
    return db.session().scalar(sa.select(sa.func.max(ReportPeriod.built_at)).where(days))


def _in_scope(scope: Scope) -> list[tuple[str, Any]]:
    return [("dimension", scope.dimension), ("inbox_id", scope.inbox_id), ("key", scope.key)]


def _lines(found: Mapping[int, Figures], naming: Callable[[Any], str], table: Any) -> list[Line]:
    wanted = sa.select(table).where(table.id.in_(list(found)))
    if table is User:
        wanted = wanted.options(*timeline.NAME_ALONE)
    rows = db.session().scalars(wanted).unique()
    lines = [Line(row.id, naming(row), found[row.id]) for row in rows]
    return sorted(lines, key=lambda line: (-line.figures.answered, line.name.casefold()))


def _grouped(period: Period, which: list[tuple[str, Any]], group: str) -> dict[int, Figures]:
    """Add up a period's whole months and its other days, by one column."""
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    histograms: defaultdict[tuple[int, bool], Counter[int]] = defaultdict(Counter)
    for is_month, first, last in _parts(period):
        for key, *sums in _counts(which, group, is_month, first, last):
            counts[key].update(dict(zip(COUNTERS, map(int, sums), strict=True)))
        for key, is_first, bucket, answers in _spans(which, group, is_month, first, last):
            histograms[key, bool(is_first)][bucket] += int(answers)
    return {
        key: Figures(**found, first=histograms[key, True], every=histograms[key, False])
        for key, found in counts.items()
    }


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


def _counts(which: list[tuple[str, Any]], group: str, is_month: bool, first: date, last: date) -> Any:
    column = getattr(ReportCount, group)
    sums = [sa.func.sum(getattr(ReportCount, name)) for name in COUNTERS]
    wanted = sa.select(column, *sums).where(*_conditions(ReportCount, which, is_month, first, last))
    return db.session().execute(wanted.group_by(column))


def _spans(which: list[tuple[str, Any]], group: str, is_month: bool, first: date, last: date) -> Any:
    keys = (getattr(ReportSpan, group), ReportSpan.is_first, ReportSpan.bucket)
    wanted = sa.select(*keys, sa.func.sum(ReportSpan.answers))
    return db.session().execute(wanted.where(*_conditions(ReportSpan, which, is_month, first, last)).group_by(*keys))


def _conditions(
    table: Table, which: list[tuple[str, Any]], is_month: bool, first: date, last: date
) -> Iterator[sa.ColumnElement[bool]]:
    yield from (getattr(table, name) == value for name, value in which)
    yield table.is_month == is_month
    yield table.first_day.between(first, last)


NAMES: dict[Dimension, tuple[Any, Callable[[Any], str]]] = {
    Dimension.AGENT: (User, lambda user: str(user.name)),
    Dimension.ACCOUNT: (Account, lambda account: f"@{account.username}"),
    Dimension.TOPIC: (Topic, lambda topic: str(topic.path)),
}
"""Where each dimension's names are."""
