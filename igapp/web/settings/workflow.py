"""Conversation workflow: capacities, offers, sessions, closing (SPEC 12.2)."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, flash, make_response, request

from igapp import db, utc
from igapp.desk import settings
from igapp.desk.refusal import Refused
from igapp.models import Role
from igapp.web import answers, guards, numbers
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown

bp = Blueprint("workflow", __name__, url_prefix="/settings/workflow")


@dataclass(frozen=True)
class Field:
    """One setting as the page words it; a number where it has limits, else a switch."""

    name: str
    label: str
    help: str

    @property
    def limits(self) -> tuple[int, int] | None:
        """Smallest and largest value."""
        found = settings.LIMITS.get(self.name)
        return found[:2] if found else None


SECTIONS = (
    (
        "Capacity",
        (
            Field(
                "standard_capacity",
                "Standard messaging capacity per agent",
                "So many customers an agent is given automatically.",
            ),
            Field(
                "maximum_capacity",
                "Maximum messaging capacity per agent",
                "So many an agent may have in all by pressing Next; at least the standard capacity.",
            ),
        ),
    ),
    (
        "Offers",
        (
            Field(
                "is_assignment_by_banner",
                "Inbound message assignment",
                "On: agents accept or decline each request. Off: requests are assigned without asking.",
            ),
            Field(
                "offer_seconds",
                "Seconds to accept an offer",
                "After that the request is offered to another agent.",
            ),
            Field(
                "next_delay_seconds",
                "Next message routing delay (seconds)",
                "Who declined or missed a request gets another after so long; 0: only after Next.",
            ),
        ),
    ),
    (
        "Sessions and closing",
        (
            Field(
                "same_agent_minutes",
                "Same agent assignment time limit (minutes)",
                "A customer who is silent for so long after our reply frees the place; one who is back earlier"
                " goes to the same agent.",
            ),
            Field(
                "reopen_hours",
                "Conversation reopen window (hours)",
                "A message reopens a conversation closed less than so long ago; 0: it always begins a new one.",
            ),
            Field(
                "needs_topic",
                "Require a topic before closing",
                "On: a conversation can be closed once it has a topic.",
            ),
        ),
    ),
    (
        "Due times and sending",
        (
            Field(
                "default_sla_minutes",
                "SLA of a new inbox (minutes)",
                "Each inbox has its own on its page, and an account may say otherwise.",
            ),
            Field(
                "sends_per_window",
                "Messages in 5 minutes per account",
                "What goes over waits and goes out by itself; Instagram slows down accounts that send faster.",
            ),
        ),
    ),
)


@bp.get("")
@guards.may(Role.ADMIN)
def show() -> str:
    """The settings in force."""
    return _page(asdict(settings.workflow()))


@bp.post("")
@guards.may(Role.ADMIN)
def save() -> AnyResponse:
    """Change them; takes effect for what begins after."""
    typed = {field.name: _typed(field) for _title, fields in SECTIONS for field in fields}
    try:
        settings.change(guards.me(), utc.now(), **_parsed(shown.changed(typed)))
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(typed, refused), 422)
    db.commit()
    flash("Saved. It holds for what begins from now on.")
    return answers.go("/settings/workflow")


def _typed(field: Field) -> Any:
    return request.form.get(field.name, "").strip() if field.limits else field.name in request.form


def _parsed(typed: dict[str, Any]) -> dict[str, Any]:
    return {name: _number(name, value) if isinstance(value, str) else value for name, value in typed.items()}


def _number(name: str, value: str) -> int:
    return numbers.needed(value, f"{settings.LIMITS[name][2]} must be a whole number.", name)


def _page(values: dict[str, Any], problem: Refused | None = None) -> str:
    return page("settings/workflow.html", sections=SECTIONS, values=values, shown=shown.fields(values), problem=problem)
