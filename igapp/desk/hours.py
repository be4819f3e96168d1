"""Business hours: weekly, in the company's time zone, with exceptions (SPEC 12.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from igapp import db
from igapp.desk import audit, memory, people
from igapp.desk.refusal import Refused
from igapp.models import Setting, User

SETTING = "business_hours"
DAY_MINUTES, HOUR_MINUTES = 1440, 60
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EXCEPTIONS_LIMIT = 200
"""Days with hours of their own that are kept."""
NAME_LIMIT = 80
"""Characters of an exception's name."""


@dataclass(frozen=True)
class Opening:
    """From when until when, in minutes after midnight; one that ends before it begins ends on the next day."""

    begins: int
    ends: int

    @property
    def lasts(self) -> int:
        """Minutes."""
        return self.ends - self.begins + (0 if self.ends > self.begins else DAY_MINUTES)

    @property
    def words(self) -> tuple[str, str]:
        """Both ends as people write them; midnight is 00:00 on either side."""
        ends = self.ends % DAY_MINUTES
        return f"{self.begins // 60:02}:{self.begins % 60:02}", f"{ends // 60:02}:{ends % 60:02}"


@dataclass(frozen=True)
class Exceptional:
    """A day with hours of its own, or none."""

    day: date
    name: str
    opening: Opening | None


@dataclass(frozen=True)
class Hours:
    """When the company answers."""

    time_zone: str = "UTC"
    week: tuple[Opening | None, ...] = (*(Opening(9 * 60, 17 * 60) for _ in range(5)), None, None)
    """Monday first; None: closed."""
    exceptions: tuple[Exceptional, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone; reports count days in it too."""
        return ZoneInfo(self.time_zone)

    def opening_of(self, day: date) -> Opening | None:
        """Return the day's hours; None where it is closed."""
        for one in self.exceptions:
            if one.day == day:
                return one.opening
        return self.week[day.weekday()]

    def are_open(self, at: datetime) -> bool:
        """Whether the company answers at that moment; a night that began the day before counts."""
        there = at.astimezone(self.zone)
        return any(self._covers(there.date() - timedelta(days=back), at) for back in (0, 1))

    def _covers(self, day: date, at: datetime) -> bool:
        opening = self.opening_of(day)
        if opening is None:
            return False
        return self._moment(day, opening.begins) <= at < self._moment(day, opening.begins + opening.lasts)

    def _moment(self, day: date, minutes: int) -> datetime:
        """The wall clock's moment, so that a change to summer time shifts no opening."""
        days, rest = divmod(minutes, DAY_MINUTES)
        return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone)


def current() -> Hours:
    """Return the hours in force."""
    found: Hours = memory.recall(SETTING, None)
    if found is memory.MISSING:
        found = _of(db.session().get(Setting, SETTING))
        memory.remember(SETTING, None, found)
    return found


def today(now: datetime) -> date:
    """Return the day that it is in the company's time zone."""
    return now.astimezone(current().zone).date()


def change(hours: Hours, user: User, now: datetime, shown: Collection[date] | None = None) -> None:
    """Put other hours in force; raises Refused.

    Of days that were not shown to who changes them, others' exceptions stay; None: everything was shown.
    """
    if hours.time_zone not in people.time_zones():
        raise Refused("Choose a time zone from the list.", "time_zone")
    db.take_turn("settings")
    stored = db.session().get(Setting, SETTING, populate_existing=True)
    before = _of(stored)
    others = [one for one in before.exceptions if shown is not None and one.day not in shown]
    hours = replace(hours, exceptions=tuple(sorted({*hours.exceptions, *others}, key=lambda one: one.day)))
    _check(hours.exceptions)
    if hours == before:
        return
    row = stored or Setting(name=SETTING)
    row.value, row.changed_at, row.changed_by_id = {"value": _written(hours)}, now, user.id
    db.session().add(row)
    audit.record(user, "business_hours.changed", "business hours", now, before=_told(before), after=_told(hours))
    memory.remember(SETTING, None, hours)


def opening(begins: str, ends: str) -> Opening:
    """Read hours as people write them, such as "09:00" and "17:30"; midnight to midnight is the whole day.

    Raises Refused.
    """
    first, last = _minutes(begins) % DAY_MINUTES, _minutes(ends) or DAY_MINUTES
    if first == last:
        raise Refused("Opening and closing time must differ; for the whole day write 00:00 to 00:00.")
    return Opening(first, last)


def _minutes(words: str) -> int:
    hour, colon, minute = words.strip().partition(":")
    is_number = bool(colon) and (hour + minute).isdecimal() and 1 <= len(hour) <= len("00") == len(minute)
    minutes = int(hour) * HOUR_MINUTES + int(minute) if is_number else -1
    if not 0 <= minutes <= DAY_MINUTES or int(minute) >= HOUR_MINUTES:
        raise Refused("Write times as hours and minutes, such as 09:00.")
    return minutes


def _check(exceptions: Sequence[Exceptional]) -> None:
    if len({one.day for one in exceptions}) < len(exceptions):
        raise Refused("Each day can be an exception once.", "exceptions")
    if len(exceptions) > EXCEPTIONS_LIMIT:
        raise Refused(f"At most {EXCEPTIONS_LIMIT} exceptions are kept; remove some that are over.", "exceptions")
    if any(len(one.name) > NAME_LIMIT for one in exceptions):
        raise Refused(f"An exception's name has at most {NAME_LIMIT} characters.", "exceptions")


def _told(hours: Hours) -> dict[str, Any]:
    """Say the hours as people do."""
    days = {day: _times(opening) for day, opening in zip(DAYS, hours.week, strict=True)}
    exceptions = [f"{one.day.isoformat()} {one.name} {_times(one.opening)}" for one in hours.exceptions]
    return {"time_zone": hours.time_zone} | days | {"exceptions": exceptions}


def _times(opening: Opening | None) -> str:
    return " to ".join(opening.words) if opening else "closed"


def _of(row: Setting | None) -> Hours:
    return _read(row.value["value"]) if row is not None else Hours()


def _written(hours: Hours) -> dict[str, Any]:
    return {
        "time_zone": hours.time_zone,
        "week": [_pair(one) for one in hours.week],
        "exceptions": [[one.day.isoformat(), one.name, _pair(one.opening)] for one in hours.exceptions],
    }


def _read(stored: dict[str, Any]) -> Hours:
    exceptions = (
        Exceptional(date.fromisoformat(day), name, _opening(pair)) for day, name, pair in stored["exceptions"]
    )
    return Hours(stored["time_zone"], tuple(_opening(pair) for pair in stored["week"]), tuple(exceptions))


def _pair(one: Opening | None) -> list[int] | None:
    return [one.begins, one.ends] if one else None


def _opening(pair: list[int] | None) -> Opening | None:
    return Opening(*pair) if pair else None
