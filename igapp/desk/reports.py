"""Reports: what came in, what was answered, how fast, for a period (SPEC 12.5); read from the sums alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import figures, overview
from igapp.desk.daysums import Key
from igapp.desk.figures import Figures, Period, Table, Which
from igapp.models import EVERYTHING, Account, Dimension, Inbox, ReportCount, ReportPeriod, Topic, User

LONGEST_DAYS = 366
"""Of a period."""


@dataclass(frozen=True)
class Scope:
    """What is counted: all inboxes or one; everything in it, or what one agent, account or topic had."""

    inbox_id: int = EVERYTHING
    dimension: Dimension = Dimension.ALL
    key: int = EVERYTHING


@dataclass(frozen=True)
class Line:
    """One agent, inbox, account or topic of a breakdown."""

    id: int
    name: str
    figures: Figures


@dataclass(frozen=True)
class Report:
    """The figures of everything in scope, and its breakdowns: those with most answers first."""

    figures: Figures
    inboxes: Sequence[Line] = ()
    lines: Mapping[Dimension, Sequence[Line]] = field(default_factory=dict)
    """By agent, account and topic."""


def totals(period: Period, scope: Scope) -> Figures:
    """Return the figures of everything in scope, without its breakdowns."""
    return _figures(figures.summed(period, _in_scope(scope)), scope)


def whole(period: Period, scope: Scope) -> Report:
    """Return the figures with their breakdowns; of one agent, account or topic there are none."""
    if scope.dimension != Dimension.ALL:
        return Report(totals(period, scope))
    found = figures.summed(period, _of_every_inbox, _broken_down(scope.inbox_id))
    inboxes = {inbox_id: one for (of, inbox_id, _), one in found.items() if of == Dimension.ALL}
    by = {kind: {key: one for (of, _, key), one in found.items() if of == kind} for kind in NAMES}
    return Report(
        _figures(found, scope),
        _lines(inboxes, _named(Inbox.id, Inbox.name)),
        {kind: _lines(by[kind], names()) for kind, names in NAMES.items()},
    )


def name_of(dimension: Dimension, key: int) -> str:
    """Return what one agent, account or topic is called."""
    return NAMES[dimension]().get(key, "Unknown")


def by_day(period: Period, scope: Scope) -> list[tuple[date, int, int]]:
    """Return what came in and what was answered on each day, days without anything too."""
    days = sa.and_(ReportCount.is_month.is_(False), ReportCount.first_day.between(period.first, period.last))
    columns = (ReportCount.first_day, ReportCount.inbound, ReportCount.answered)
    wanted = sa.select(*columns).where(days, *_in_scope(scope)(ReportCount))
    found = {row[0]: (row[1], row[2]) for row in db.session().execute(wanted)}
    every = (period.first + timedelta(days=number) for number in range(period.days))
    return [(day, *found.get(day, (0, 0))) for day in every]


def standing(inbox_id: int, now: datetime) -> dict[str, int]:
    """Return what is new, open, waiting and overdue at this moment, up to overview.COUNT_LIMIT + 1 of each."""
    inbox = inbox_id or None
    found = {status.value: number for status, number in overview.counts(overview.Filter(inbox_id=inbox), now).items()}
    return found | {f"overdue_{status}": number for status, number in overview.overdue(inbox, now).items()}


def built_at(period: Period) -> datetime | None:
    """Return how recent the period's newest sums are."""
    days = sa.and_(ReportPeriod.is_month.is_(False), ReportPeriod.first_day.between(period.first, period.last))
    return db.session().scalar(sa.select(sa.func.max(ReportPeriod.built_at)).where(days))


def _figures(found: Mapping[Key, Figures], scope: Scope) -> Figures:
    return found.get((scope.dimension, scope.inbox_id, scope.key), Figures())


def _in_scope(scope: Scope) -> Which:
    return lambda table: (*_broken(table, [scope.dimension], scope.inbox_id), table.key == scope.key)


def _broken_down(inbox_id: int) -> Which:
    return lambda table: _broken(table, NAMES, inbox_id)


def _of_every_inbox(table: Table) -> Sequence[sa.ColumnElement[bool]]:
    return [table.dimension == Dimension.ALL]


def _broken(table: Table, dimensions: Iterable[Dimension], inbox_id: int) -> Sequence[sa.ColumnElement[bool]]:
    return [table.dimension.in_(list(dimensions)), table.inbox_id == inbox_id]


def _lines(found: Mapping[int, Figures], names: Mapping[int, str]) -> list[Line]:
    lines = [Line(number, names[number], one) for number, one in found.items() if number in names]
    return sorted(lines, key=lambda line: (-line.figures.answered, line.name.casefold()))


def _named(number: Any, name: Any) -> dict[int, str]:
    return {row[0]: row[1] for row in db.session().execute(sa.select(number, name))}


NAMES: dict[Dimension, Callable[[], dict[int, str]]] = {
    Dimension.AGENT: lambda: _named(User.id, User.name),
    Dimension.ACCOUNT: lambda: _named(Account.id, sa.literal("@").concat(Account.username)),
    Dimension.TOPIC: lambda: {topic.id: topic.path for topic in db.session().scalars(sa.select(Topic))},
}
"""What those of each dimension are called."""
