"""The audit log: who did what and when, with filters and as CSV (SPEC 12.3)."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from igapp.desk import audit_log
from igapp.desk.audit_log import Filter
from igapp.models import AuditEntry, Role
from igapp.web import csv_file, guards, times
from igapp.web.settings import page

bp = Blueprint("audit", __name__, url_prefix="/settings/audit")

LINE_LENGTH = 200
"""Characters of a detail that the page shows; the CSV has all of it."""


@bp.get("")
@guards.may(Role.ADMIN)
def show() -> str:
    """The newest entries that pass the filter."""
    found = audit_log.page(_filter(), request.args.get("before", type=int))
    kept = {name: value for name, value in request.args.items() if name != "before" and value}
    more = "/settings/audit?" + urlencode(kept | {"before": str(found.next_before)}) if found.next_before else None
    return page(
        "settings/audit.html", entries=found.entries, more=more, people=audit_log.people(), areas=audit_log.areas(),
        asked=request.args, action=_words, details=_shown, customer=_customer,
        csv="/settings/audit/csv?" + urlencode(kept),
    )  # fmt: skip


@bp.get("/csv")
@guards.may(Role.ADMIN)
def download() -> Response:
    """Every entry that passes the filter."""
    header = ("When (UTC)", "Who", "What", "About", "Details")
    return csv_file.response("audit-log", header, _rows(_filter()))


def _rows(wanted: Filter) -> Iterator[list[object]]:
    for entry in audit_log.all_of(wanted):
        told = "; ".join(_details(entry.details))
        yield [entry.at.isoformat(timespec="seconds"), _who(entry), entry.action, entry.subject, told]


def _filter() -> Filter:
    asked = request.args
    until = _day("to")
    return Filter(
        user_id=asked.get("person", type=int),
        area=asked.get("area") or None,
        since=_day("from"),
        until=until + timedelta(days=1) if until else None,
        words=asked.get("words", ""),
    )


def _day(name: str) -> datetime | None:
    """Return when a day begins for whoever asks."""
    try:
        day = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return datetime.combine(day.date(), time(), times.zone(guards.me().time_zone))


def _who(entry: AuditEntry) -> str:
    return entry.user.name if entry.user else "The product"


def _words(action: str) -> str:
    """Say an action in words: "user.role_changed" is "User: role changed"."""
    area, _, act = action.replace("_", " ").partition(".")
    return f"{area.capitalize()}: {act.replace('.', ' ')}"


def _customer(entry: AuditEntry) -> int | None:
    """Return the number of the customer that an entry is about: names would outlive an erasure in it."""
    return int(entry.subject) if entry.action.startswith("customer.") and entry.subject.isdecimal() else None


def _shown(details: dict[str, Any]) -> list[str]:
    return [line if len(line) <= LINE_LENGTH else line[:LINE_LENGTH] + "…" for line in _details(details)]


def _details(details: dict[str, Any]) -> list[str]:
    """Say what changed: before and after together, of several values those that differ; the rest by name."""
    before, after = details.get("before"), details.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        words = [
            _named(name, _change(before.get(name), after[name])) for name in after if before.get(name) != after[name]
        ]
    else:
        words = [_change(before, after)] if "before" in details or "after" in details else []
    rest = {name: value for name, value in details.items() if name not in ("before", "after")}
    return words + [_named(name, _value(value)) for name, value in rest.items()]


def _named(name: str, words: str) -> str:
    return f"{name.replace('_', ' ')}: {words}"


def _change(before: object, after: object) -> str:
    return f"{_value(before)} → {_value(after)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return ", ".join(_named(name, _value(one)) for name, one in value.items())
    if isinstance(value, list):
        value = ", ".join(map(_value, value))
    return "–" if value is None or value == "" else str(value)
