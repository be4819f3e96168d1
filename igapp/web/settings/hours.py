"""Business hours: the week, the company's time zone, exceptions (SPEC 12.4)."""

from datetime import date

from flask import Blueprint, flash, make_response, request

from igapp import db, utc
from igapp.desk import account_settings, hours, people
from igapp.desk.hours import Exceptional, Hours, Opening
from igapp.desk.refusal import Refused
from igapp.models import Role
from igapp.web import answers, filters, guards
from igapp.web.answers import AnyResponse
from igapp.web.settings import page

bp = Blueprint("hours", __name__, url_prefix="/settings/business-hours")


@bp.get("")
@guards.may(Role.ADMIN)
def show() -> str:
    """The hours in force."""
    return _page(hours.current())


@bp.post("")
@guards.may(Role.ADMIN)
def save() -> AnyResponse:
    """Put other hours in force."""
    try:
        hours.change(_typed(), guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(hours.current(), str(refused)), 422)
    db.commit()
    flash("Saved. It holds for messages from now on.")
    return answers.go("/settings/business-hours")


def _typed() -> Hours:
    form = request.form
    week = tuple(_opening(f"day-{number}") for number in range(len(hours.DAYS)))
    rows = range(form.get("exceptions", 0, type=int))
    kept = [_exception(f"exception-{row}") for row in rows if not form.get(f"exception-{row}-remove")]
    new = [_exception("exception-new")] if form.get("exception-new-day") else []
    return Hours(form.get("time_zone", ""), week, tuple(sorted([*kept, *new], key=lambda one: one.day)))


def _opening(name: str) -> Opening | None:
    if f"{name}-open" not in request.form:
        return None
    return hours.opening(request.form.get(f"{name}-from", ""), request.form.get(f"{name}-to", ""))


def _exception(name: str) -> Exceptional:
    try:
        day = date.fromisoformat(request.form.get(f"{name}-day", ""))
    except ValueError:
        raise Refused("Choose the day of the exception.") from None
    return Exceptional(day, " ".join(request.form.get(f"{name}-name", "").split()), _opening(name))


def _page(shown: Hours, problem: str = "") -> str:
    now = filters.now()
    return page(
        "settings/hours.html", hours=shown, days=hours.DAYS, time_zones=people.time_zones(), problem=problem,
        is_open=shown.are_open(now), accounts=account_settings.everyone(), there=now.astimezone(shown.zone),
    )  # fmt: skip
