"""The settings that administrators change; a change takes effect for what begins after it."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db
from igapp.background import later
from igapp.desk import audit, memory
from igapp.desk.refusal import Refused
from igapp.models import Setting, User


@dataclass(frozen=True)
class Workflow:
    """How work is given out; units are in the names (SPEC 5, 7, 11)."""

    standard_capacity: int = 3
    maximum_capacity: int = 5
    offer_seconds: int = 30
    next_delay_seconds: int = 0
    same_agent_minutes: int = 15
    is_assignment_by_banner: bool = True
    reopen_hours: int = 24
    needs_topic: bool = False
    sends_per_window: int = 200
    default_sla_minutes: int = 60


LIMITS = {
    "standard_capacity": (1, 100, "The standard messaging capacity"),
    "maximum_capacity": (1, 100, "The maximum messaging capacity"),
    "offer_seconds": (5, 300, "The seconds to accept an offer"),
    "next_delay_seconds": (0, 86_400, "The next message routing delay"),
    "same_agent_minutes": (1, 1440, "The same agent assignment time limit"),
    "reopen_hours": (0, 8760, "The conversation reopen window"),
    "sends_per_window": (1, 10_000, "The messages in 5 minutes"),
    "default_sla_minutes": (1, 43_200, "The SLA of a new inbox"),
}
"""Smallest and largest value of each number, and its name in sentences (CONTRACT: settings)."""


def workflow() -> Workflow:
    """Return the settings in force."""
    found: Workflow = memory.recall("workflow", None)
    if found is not memory.MISSING:
        return found
    names = [field.name for field in fields(Workflow)]
    rows = db.session().execute(sa.select(Setting.name, Setting.value).where(Setting.name.in_(names)))
    current = Workflow(**{name: value["value"] for name, value in rows})
    memory.remember("workflow", None, current)
    return current


def change(user: User, now: datetime, **values: Any) -> Workflow:
    """Change settings by name; raises Refused, naming the first that is out of its limits."""
    db.take_turn("settings")
    memory.forget("workflow", None)
    before = workflow()
    after = Workflow(**{**asdict(before), **values})
    _check(after)
    for name, value in values.items():
        if getattr(before, name) != value:
            _store(name, value, user, now)
            audit.record(user, "setting.changed", name, now, before=getattr(before, name), after=value)
    memory.remember("workflow", None, after)
    if after != before:
        later("route")
        bell.ring("workflow")
    return after


def _check(after: Workflow) -> None:
    for name, (smallest, largest, words) in LIMITS.items():
        if not smallest <= getattr(after, name) <= largest:
            raise Refused(f"{words} must be from {smallest} to {largest}.", name)
    if after.maximum_capacity < after.standard_capacity:
        raise Refused("The maximum messaging capacity must be at least the standard one.", "maximum_capacity")


def _store(name: str, value: Any, user: User, now: datetime) -> None:
    setting = db.session().get(Setting, name, populate_existing=True) or Setting(name=name)
    setting.value, setting.changed_at, setting.changed_by_id = {"value": value}, now, user.id
    db.session().add(setting)
