"""Reports: what came in, what was answered, how fast, for a period (SPEC 12.5); read from the daily sums alone."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import hours, overview, spans
from igapp.desk.spans import Histogram
from igapp.models import NOBODY, Account, Inbox, ReportCount, ReportDay, ReportSpan, Topic, User

LONGEST_DAYS = 366
"""Of a period."""
COUNTERS = ("inbound", "answered", "in_time", "late", "cancelled", "lost", "declined", "missed")

Table = type[ReportCount] | type[ReportSpan]


class Dimension(StrEnum):
    """By what a report is broken down."""

    AGENT = "agent"
    INBOX = "inbox"
    ACCOUNT = "account"
    TOPIC = "topic"


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
    """What is counted; None is everything."""

    inbox_id: int | None = None
    account_id: int | None = None
    agent_id: int | None = None
    topic_id: int | None = None


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
    return _grouped(period, scope, None).get(NOBODY, Figures())


def broken_down(period: Period, scope: Scope, dimension: Dimension) -> list[Line]:
    """Return a line for each agent, inbox, account or topic, those with most answers first."""
    found = _grouped(period, scope, dimension)
    names = _names(dimension, found)
    lines = [Line(one, names.get(one, "Nobody"), figures) for one, figures in found.items() if one in names]
    return sorted(lines, key=lambda line: (-line.figures.answered, line.name.casefold()))


def by_day(period: Period, scope: Scope) -> list[tuple[date, int, int]]:
    """Return what came in and what was answered on each day, days without anything too."""
    wanted = sa.select(ReportCount.day, sa.func.sum(ReportCount.inbound), sa.func.sum(ReportCount.answered))
    rows = db.session().execute(wanted.where(*_conditions(ReportCount, period, scope)).group_by(ReportCount.day))
    found = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    days = (period.first + timedelta(days=number) for number in range(period.days))
    return [(day, *found.get(day, (0, 0))) for day in days]


def standing(scope: Scope, now: datetime) -> dict[str, int]:
    """Return what is new, open, waiting and overdue at this moment, up to overview.COUNT_LIMIT + 1."""
    looked_at = overview.Filter(inbox_id=scope.inbox_id, agent_id=scope.agent_id)
    found = {status.value: number for status, number in overview.counts(looked_at, now).items()}
    return found | {"overdue": overview.alarms(scope.inbox_id, now)[0]}


def built_at(period: Period) -> datetime | None:
    """Return how recent the period's newest sums are."""
    return db.session().scalar(
        sa.select(sa.func.max(ReportDay.built_at)).where(ReportDay.day.between(period.first, period.last))
    )


def today(now: datetime) -> date:
    """Return the day that it is in the company's time zone."""
    return now.astimezone(hours.current().zone).date()


def _grouped(period: Period, scope: Scope, dimension: Dimension | None) -> dict[int, Figures]:
    counts = _counts(period, scope, dimension)
    histograms = _histograms(period, scope, dimension)
    return {
        one: Figures(**counts.get(one, {}), first=histograms[one, True], every=histograms[one, False]) for one in counts
    }


def _counts(period: Period, scope: Scope, dimension: Dimension | None) -> dict[int, dict[str, int]]:
    group = _column(ReportCount, dimension)
    sums = [sa.func.sum(getattr(ReportCount, name)) for name in COUNTERS]
    wanted = sa.select(group, *sums).where(*_conditions(ReportCount, period, scope, dimension)).group_by(group)
    rows = db.session().execute(wanted)
    return {row[0]: dict(zip(COUNTERS, map(int, row[1:]), strict=True)) for row in rows}


def _histograms(period: Period, scope: Scope, dimension: Dimension | None) -> Mapping[tuple[int, bool], dict[int, int]]:
    group = _column(ReportSpan, dimension)
    wanted = (
        sa.select(group, ReportSpan.is_first, ReportSpan.bucket, sa.func.sum(ReportSpan.answers))
        .where(*_conditions(ReportSpan, period, scope, dimension))
        .group_by(group, ReportSpan.is_first, ReportSpan.bucket)
    )
    found: defaultdict[tuple[int, bool], dict[int, int]] = defaultdict(dict)
    for one, is_first, bucket, answers in db.session().execute(wanted):
        found[one, bool(is_first)][bucket] = int(answers)
    return found


def _column(table: Table, dimension: Dimension | None) -> Any:
    return getattr(table, f"{dimension}_id") if dimension else sa.literal(NOBODY)


def _conditions(
    table: Table, period: Period, scope: Scope, dimension: Dimension | None = None
) -> Sequence[sa.ColumnElement[bool]]:
    asked = {"inbox_id": scope.inbox_id, "account_id": scope.account_id, "agent_id": scope.agent_id}
    conditions: list[sa.ColumnElement[bool]] = [table.day.between(period.first, period.last)]
    conditions += [getattr(table, name) == value for name, value in asked.items() if value is not None]
    if scope.topic_id is not None:
        conditions.append(table.topic_id == scope.topic_id)
    else:
        conditions.append(table.topic_id != NOBODY if dimension == Dimension.TOPIC else table.topic_id == NOBODY)
    return conditions


def _names(dimension: Dimension, ids: Mapping[int, Any]) -> dict[int, str]:
    table, naming = NAMES[dimension]
    rows = db.session().scalars(sa.select(table).where(table.id.in_(list(ids)))).unique()
    return {one.id: naming(one) for one in rows}


NAMES: dict[Dimension, tuple[Any, Callable[[Any], str]]] = {
    Dimension.AGENT: (User, lambda user: user.name),
    Dimension.INBOX: (Inbox, lambda inbox: inbox.name),
    Dimension.ACCOUNT: (Account, lambda account: f"@{account.username}"),
    Dimension.TOPIC: (Topic, lambda topic: topic.path),
}
"""Where each dimension's names are."""
