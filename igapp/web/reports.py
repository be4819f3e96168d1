"""Reports: a period, a scope, figures, charts and breakdowns, and the same as CSV (SPEC 12.5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request

from igapp.desk import account_settings, hours, reports, spans
from igapp.desk.figures import Figures, Period
from igapp.desk.reports import Line, Report, Scope
from igapp.models import Dimension, Role
from igapp.web import charts, csv_file, filters, frame, guards, numbers, times
from igapp.web.charts import Chart

bp = Blueprint("reports", __name__, url_prefix="/reports")

PERIODS = ((1, "Today"), (7, "Last 7 days"), (30, "Last 30 days"), (90, "Last 90 days"), (365, "Last 365 days"))
DAYS_BY_DAY, DAYS_BY_WEEK = 31, 120
"""Up to so many days a chart shows days, then weeks, then months."""
MEDIAN, MOST = 50, 90
DIMENSIONS = ((Dimension.AGENT, "Agent"), (Dimension.ACCOUNT, "Account"), (Dimension.TOPIC, "Topic"))
INBOX = "inbox"
COLUMNS = ("Inbound", "Answered", "In time", "First reply", "90 %", "Any reply", "Open", "Waiting")
OFFER_COLUMNS = ("Declined", "Missed")
"""Of agents, to whom offers were made."""
SPEEDS = (60, 300, 900, 1800, 3600, 14_400, 86_400)
"""Seconds up to which first replies are drawn together."""


@dataclass(frozen=True)
class Change:
    """How a figure moved against the period before."""

    words: str
    is_good: bool


@dataclass(frozen=True)
class Row:
    """A line of a breakdown as it is read, and where it leads."""

    href: str
    name: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A breakdown as it is read."""

    kind: str
    noun: str
    columns: Sequence[str]
    rows: Sequence[Row]


@bp.get("")
@guards.may(Role.MANAGER)
def show() -> str:
    """The page."""
    me, now, period, scope = guards.me(), filters.now(), _period(), _scope()
    focus = _focus_name(scope)
    report, before = reports.whole(period, scope), reports.totals(period.before(), scope)
    return render_template(
        "reports/show.html",
        controls=frame.controls(me), banner=frame.banner(me), address=_address, span=_span, share=_share,
        period=period, periods=PERIODS, days=period.days if _is_recent(period) else None, scope=scope,
        zone=hours.current().time_zone, built_at=reports.built_at(period), focus=focus,
        figures=report.figures, changes=_changes(report.figures, before),
        standing=None if focus else reports.standing(scope.inbox_id, now),
        traffic=_traffic(period, scope), speed=_speed(report.figures), tables=list(_tables(report, scope)),
        inboxes=account_settings.inboxes(),
    )  # fmt: skip


@bp.get("/csv")
@guards.may(Role.MANAGER)
def download() -> Response:
    """All breakdowns of the same period and scope."""
    period, scope = _period(), _scope()
    name = f"report-{period.first.isoformat()}-{period.last.isoformat()}"
    header = (
        "By", "Name", "Inbound", "Answered", "Answered in time", "Missed due time", "Cancelled", "In time %",
        "First reply median s", "First reply 90% s", "Reply median s", "Reply 90% s", "Windows lost", "Declined",
        "Missed", "Open", "Waiting",
    )  # fmt: skip
    return csv_file.response(name, header, list(_rows(period, scope)))


def _rows(period: Period, scope: Scope) -> Iterator[Sequence[object]]:
    report = reports.whole(period, scope)
    yield _row("All", _focus_name(scope) or "All", report.figures)
    for _kind, noun, lines in _sections(report, scope):
        for line in lines:
            yield _row(noun, line.name, line.figures)
    for day, inbound, answered in reports.by_day(period, scope):
        yield ["Day", day.isoformat(), inbound, answered]


def _row(by: str, name: str, one: Figures) -> Sequence[object]:
    speeds = [one.first_reply(MEDIAN), one.first_reply(MOST), one.reply(MEDIAN), one.reply(MOST)]
    attainment = round(one.attainment, 1) if one.attainment is not None else None
    counts = [one.inbound, one.answered, one.in_time, one.late, one.cancelled, attainment]
    seconds = [None if span is None else round(span) for span in speeds]
    return [by, name, *counts, *seconds, one.lost, one.declined, one.missed, one.open, one.waiting]


def _period() -> Period:
    """Return the days asked for: so many up to today, or from one to another."""
    today = hours.today(filters.now())
    first, last = _day("from"), _day("to")
    if first and last:
        first, last = sorted((first, last))
        if (last - first).days >= reports.LONGEST_DAYS:
            abort(400)
        return Period(first, last)
    days = min(max(request.args.get("days", 7, type=int), 1), reports.LONGEST_DAYS)
    return Period(today - timedelta(days=days - 1), today)


def _is_recent(period: Period) -> bool:
    """Whether the period is one of the list: so many days up to today."""
    return period.last == hours.today(filters.now()) and any(period.days == days for days, _ in PERIODS)


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _scope() -> Scope:
    """Return the inbox asked for, or what one agent, account or topic had in it."""
    inbox_id = request.args.get("inbox", 0, type=int)
    kind, _, written = request.args.get("of", "").partition(":")
    number = numbers.whole(written)
    if kind in list(Dimension) and number is not None:
        return Scope(inbox_id, Dimension(kind), number)
    return Scope(inbox_id)


def _focus_name(scope: Scope) -> str:
    return reports.name_of(scope.dimension, scope.key) if scope.dimension != Dimension.ALL else ""


def _sections(report: Report, scope: Scope) -> Iterator[tuple[str, str, Sequence[Line]]]:
    """Yield the breakdowns: of one agent, account or topic there are none."""
    if scope.dimension == Dimension.ALL:
        yield from [] if scope.inbox_id else [(INBOX, "Inbox", report.inboxes)]
        yield from ((kind.value, noun, report.lines[kind]) for kind, noun in DIMENSIONS)


def _tables(report: Report, scope: Scope) -> Iterator[Table]:
    """Yield the breakdowns as they are read."""
    for kind, noun, lines in _sections(report, scope):
        is_agent = kind == Dimension.AGENT
        begin = _beginning(INBOX, "") if kind == INBOX else _beginning("of", f"{kind}:")
        rows = [Row(f"{begin}{line.id}", line.name, _cells(line.figures, is_agent)) for line in lines]
        yield Table(kind, noun, (*COLUMNS, *OFFER_COLUMNS) if is_agent else COLUMNS, rows)


def _cells(one: Figures, is_agent: bool) -> Sequence[str]:
    speeds = [_span(span) for span in (one.first_reply(MEDIAN), one.first_reply(MOST), one.reply(MEDIAN))]
    cells = [
        f"{one.inbound:,}",
        f"{one.answered:,}",
        _share(one.attainment),
        *speeds,
        f"{one.open:,}",
        f"{one.waiting:,}",
    ]
    return [*cells, str(one.declined), str(one.missed)] if is_agent else cells


def _share(percent: float | None) -> str:
    return "–" if percent is None else f"{percent:.1f} %"


def _address(**changed: object) -> str:
    """Return the page's address with some of its parameters changed; None takes one out."""
    values = dict(request.args.items()) | {name: str(value) for name, value in changed.items()}
    return "/reports?" + urlencode({name: value for name, value in values.items() if value not in ("", "None")})


def _beginning(name: str, value: str) -> str:
    """Return the page's address up to a parameter whose value goes on."""
    others = _address(**{name: None})
    return f"{others}{'' if others.endswith('?') else '&'}{name}={value}"


def _changes(now: Figures, before: Figures) -> dict[str, Change]:
    """Say how the main figures moved; nothing where there is nothing to compare with."""
    found = {}
    if before.inbound:
        found["inbound"] = Change(_percent(now.inbound, before.inbound), True)
    if now.attainment is not None and before.attainment is not None:
        points = now.attainment - before.attainment
        found["attainment"] = Change(f"{_arrow(points)} {abs(points):.1f} points", points >= 0)
    mine, theirs = now.first_reply(MEDIAN), before.first_reply(MEDIAN)
    if mine is not None and theirs is not None:
        slower = mine - theirs
        found["first"] = Change(f"{'slower' if slower > 0 else 'faster'} by {_span(abs(slower))}", slower <= 0)
    return found


def _percent(now: float, before: float) -> str:
    change = 100 * (now - before) / before
    return f"{_arrow(change)} {abs(change):.0f} %"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼" if change < 0 else "="


def _span(seconds: float | None) -> str:
    return "–" if seconds is None else times.span(round(seconds))


def _traffic(period: Period, scope: Scope) -> Chart:
    """What came in and what was answered, by day, week or month."""
    groups: dict[str, list[float]] = {}
    for day, inbound, answered in reports.by_day(period, scope):
        sums = groups.setdefault(_group(day, period), [0, 0])
        sums[0] += inbound
        sums[1] += answered
    return charts.bars(("Inbound", "Answered"), list(groups.items()))


def _group(day: date, period: Period) -> str:
    if period.days <= DAYS_BY_DAY:
        return f"{day:%a} {day.day}" if period.days <= DAYS_BY_DAY / 2 else f"{day.day} {day:%b}"
    if period.days <= DAYS_BY_WEEK:
        monday = day - timedelta(days=day.weekday())
        return f"{monday.day} {monday:%b}"
    return f"{day:%b %y}"


def _speed(figures: Figures) -> Chart:
    """How many first replies came within a minute, five, and so on."""
    groups: dict[str, list[float]] = {f"≤ {times.span(limit)}": [0.0] for limit in SPEEDS} | {"longer": [0.0]}
    for bucket, answers in figures.first.items():
        high = spans.bounds_of(bucket)[1]
        limit = next((one for one in SPEEDS if high <= one), None)
        groups[f"≤ {times.span(limit)}" if limit else "longer"][0] += answers
    return charts.bars(("First replies",), list(groups.items()))
