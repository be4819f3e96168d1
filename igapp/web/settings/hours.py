"""Business hours: the week, the company's time zone, exceptions (SPEC 12.4)."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, make_response, request

from igapp import db, utc
from igapp.desk import account_settings, hours, people
from igapp.desk.hours import Exceptional, Hours, Opening
from igapp.desk.refusal import Refused
from igapp.models import Role
from igapp.web import answers, filters, guards, numbers
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown

bp = Blueprint("hours", __name__, url_prefix="/settings/business-hours")


@dataclass(frozen=True)
class Times:
    """The fields of an opening, as somebody filled them in."""

    is_open: bool = False
    begins: str = "09:00"
    ends: str = "17:00"


@dataclass(frozen=True)
class Row:
    """The fields of an exception."""

    day: str = ""
    name: str = ""
    times: Times = Times()
    shown_day: str = ""
    """The day that the page showed there at first."""
    is_removed: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote anything there."""
        return not (self.day or self.name or self.times.is_open)


@dataclass(frozen=True)
class Form:
    """What the page shows to be changed: the hours in force, or what was typed and refused."""

    time_zone: str
    week: tuple[Times, ...]
    exceptions: tuple[Row, ...]
    new: Row = Row()


@bp.get("")
@guards.may(Role.ADMIN)
def show() -> str:
    """The hours in force."""
    return _page(_filled(hours.current()))


@bp.post("")
@guards.may(Role.ADMIN)
def save() -> AnyResponse:
    """Put other hours in force."""
    typed = _typed()
    try:
        hours.change(_parsed(typed), guards.me(), utc.now(), _shown(typed))
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(typed, refused), 422)
    db.commit()
    flash("Saved. It holds for messages from now on.")
    return answers.go("/settings/business-hours")


def _filled(now: Hours) -> Form:
    rows = tuple(_row(one) for one in now.exceptions)
    return Form(now.time_zone, tuple(_times(one) for one in now.week), rows)


def _row(one: Exceptional) -> Row:
    day = one.day.isoformat()
    return Row(day, one.name, _times(one.opening), shown_day=day)


def _times(opening: Opening | None) -> Times:
    return Times(True, *opening.words) if opening else Times()


def _typed() -> Form:
    """Return what the form says; without a count of exceptions that can be, they are as they were."""
    week = tuple(_typed_times(f"day-{number}") for number in range(len(hours.DAYS)))
    count = numbers.whole(request.form.get("exceptions", ""))
    if count is None or count > hours.EXCEPTIONS_LIMIT:
        rows = _filled(hours.current()).exceptions
    else:
        rows = tuple(_typed_row(f"exception-{number}") for number in range(count))
    return Form(request.form.get("time_zone", ""), week, rows, _typed_row("exception-new"))


def _typed_times(name: str) -> Times:
    form = request.form
    return Times(f"{name}-open" in form, form.get(f"{name}-from", ""), form.get(f"{name}-to", ""))


def _typed_row(name: str) -> Row:
    day, words = request.form.get(f"{name}-day", "").strip(), " ".join(request.form.get(f"{name}-name", "").split())
    shown_day, is_removed = request.form.get(f"{name}-shown", day), bool(request.form.get(f"{name}-remove"))
    return Row(day, words, _typed_times(name), shown_day, is_removed)


def _parsed(form: Form) -> Hours:
    now, changed = hours.current(), shown.changed(_words(form))
    week = (_day(form, day) if f"day-{day}" in changed else now.week[day] for day in range(len(form.week)))
    rows = {f"exception-{number}": row for number, row in enumerate(form.exceptions) if not row.is_removed}
    rows |= {} if form.new.is_blank else {"exception-new": form.new}
    exceptions = sorted((_exception(name, row) for name, row in rows.items()), key=lambda one: one.day)
    return Hours(changed.get("time_zone", now.time_zone), tuple(week), tuple(exceptions))


def _words(form: Form) -> dict[str, str]:
    """Return what the page shows of the week, to be told from what it showed at first."""
    days = (f"{one.begins}-{one.ends}" if one.is_open else "closed" for one in form.week)
    return {"time_zone": form.time_zone} | {f"day-{number}": words for number, words in enumerate(days)}


def _shown(form: Form) -> set[date]:
    """Return the days whose exceptions the page showed."""
    return {day for row in form.exceptions if (day := _date(row.shown_day)) is not None}


def _day(form: Form, number: int) -> Opening | None:
    return _opening(form.week[number], f"day-{number}", hours.DAYS[number])


def _opening(times: Times, about: str, day: str) -> Opening | None:
    try:
        return hours.opening(times.begins, times.ends) if times.is_open else None
    except Refused as refused:
        raise Refused(f"{day}: {refused}", about) from None


def _exception(about: str, row: Row) -> Exceptional:
    day = _date(row.day)
    if day is None:
        raise Refused("Choose the day of the exception.", about)
    return Exceptional(day, row.name, _opening(row.times, about, row.name or row.day))


def _date(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _page(form: Form, problem: Refused | None = None) -> str:
    now, current = filters.now(), hours.current()
    return page(
        "settings/hours.html", hours=current, form=form, days=hours.DAYS, time_zones=people.time_zones(),
        problem=problem, is_open=current.are_open(now), accounts=account_settings.everyone(),
        there=now.astimezone(current.zone), shown=shown.fields(_words(form)),
    )  # fmt: skip
