"""The delivery ledger: what Instagram told us, what became of it, and failed events tried again (SPEC 12.2)."""

import json
import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, render_template, request

from igapp import db, utc
from igapp.background import later
from igapp.desk import audit, ledger, tracing
from igapp.models import Event, Outcome, Role
from igapp.web import answers, filters, guards, times
from igapp.web.answers import AnyResponse
from igapp.web.settings import page

bp = Blueprint("ledger", __name__, url_prefix="/settings/ledger")

MOMENT = re.compile(r"(?:(\d{4}-\d\d-\d\d)\s+)?(\d{1,2}):(\d\d)(?::(\d\d))?$")
"""A time at the end of what was typed, with a day before it or of today."""
AROUND = timedelta(minutes=1)
KINDS = {
    "message": "Message", "edit": "Message edited", "unsend": "Message unsent", "reaction": "Reaction",
    "read": "Seen", "postback": "Postback", "referral": "Referral", "comment": "Comment",
    "live_comment": "Live comment", "echo": "Echo", "test": "Test", "unreadable": "Unreadable",
    "unknown": "Unknown event", "handover": "Handover",
}  # fmt: skip
FILTERS = ((None, "All"), (Outcome.FAILED, "Failed"), (Outcome.IGNORED, "Ignored"), (Outcome.APPLIED, "Applied"))


@bp.get("")
@guards.may(Role.ADMIN)
def show() -> str:
    """Today's counts, the search, and the newest events."""
    typed = request.args.get("words", "").strip()
    words, since, until = _parsed(typed)
    outcome = _outcome()
    before = request.args.get("before", type=int)
    events = ledger.find(words, since, until, outcome, before)
    return page(
        "ledger/show.html", tally=tracing.tally(_midnight()), events=events, people=tracing.people_of(events),
        words=typed, outcome=outcome, filters=FILTERS, address=_address, kind=_kind, took=_took,
        older=_address(before=events[-1].id) if len(events) == ledger.SHOWN else None,
    )  # fmt: skip


@bp.get("/tally")
@guards.may(Role.ADMIN)
def tally() -> str:
    """The counts alone; the page asks again while events wait."""
    return render_template("ledger/_tally.html", tally=tracing.tally(_midnight()))


@bp.get("/<int:event_id>")
@guards.may(Role.ADMIN)
def trace(event_id: int) -> str:
    """The path of one event."""
    event = _event(event_id)
    return page(
        "ledger/event.html", event=event, path=tracing.path(event), customer=tracing.people_of([event]).get(event.id),
        kind=_kind, body=_indented(event.body),
    )  # fmt: skip


@bp.post("/replay")
@guards.may(Role.ADMIN)
def replay_all() -> AnyResponse:
    """Apply all failed events again, in the background."""
    audit.record(guards.me(), "ledger.replayed", "all failed events", utc.now())
    later("replay")
    db.commit()
    flash("Failed events are being tried again. The counts above follow.")
    return answers.go("/settings/ledger")


@bp.post("/<int:event_id>/replay")
@guards.may(Role.ADMIN)
def replay(event_id: int) -> AnyResponse:
    """Apply one failed event again."""
    event = _event(event_id)
    if not ledger.put_back([event.id], utc.now()):
        return answers.refuse("Only a failed event can be tried again.", f"/settings/ledger/{event_id}")
    audit.record(guards.me(), "ledger.replayed", f"event {event_id}", utc.now())
    db.commit()
    flash("It is being tried again.")
    return answers.go(f"/settings/ledger/{event_id}")


def _event(event_id: int) -> Event:
    return ledger.load(event_id) or abort(404)


def _outcome() -> Outcome | None:
    asked = request.args.get("outcome", "")
    return Outcome(asked) if asked in list(Outcome) else None


def _place() -> tzinfo:
    return times.zone(guards.me().time_zone)


def _midnight() -> datetime:
    """Return when today began for whoever asks."""
    return datetime.combine(filters.now().astimezone(_place()).date(), time(), _place()).astimezone(UTC)


def _parsed(typed: str) -> tuple[str, datetime | None, datetime | None]:
    """Take a time off the end of what was typed: "@ana 10:21" is Ana's events around that minute."""
    found = MOMENT.search(typed)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:  # noqa: PLR2004 - a clock's hours and minutes
        return typed, None, None
    try:
        day = datetime.fromisoformat(found[1]).date() if found[1] else filters.now().astimezone(_place()).date()
    except ValueError:
        return typed, None, None
    at = datetime.combine(day, time(int(found[2]), int(found[3])), _place()).astimezone(UTC)
    return typed[: found.start()].strip(), at - AROUND, at + 2 * AROUND


def _address(**changed: object) -> str:
    """Return the page's address with some of its parameters changed; None takes one out."""
    values = {name: value for name, value in request.args.items() if name != "before"}
    values |= {name: str(value) for name, value in changed.items()}
    return "/settings/ledger?" + urlencode({name: value for name, value in values.items() if value not in ("", "None")})


def _kind(event: Event) -> str:
    return KINDS.get(event.kind, event.kind)


def _took(event: Event) -> str:
    """Say what became of an event, and how fast."""
    if event.outcome == Outcome.APPLIED and event.ended_at is not None:
        seconds = max(0.0, (event.ended_at - event.received_at).total_seconds())
        return f"Applied in {seconds:.1f} s" if seconds < times.MINUTE else f"Applied after {times.span(seconds)}"
    if event.outcome == Outcome.PENDING:
        return f"Tried {event.attempts} times: {event.reason}" if event.attempts else event.reason or "Waits"
    return f"{event.outcome.value.capitalize()}: {event.reason or 'no reason known'}"


def _indented(body: str) -> str:
    """Return the raw event, readable; what is no JSON as it is."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return body
    return json.dumps(parsed, indent=2, ensure_ascii=False)
