"""Moments and spans as people read them: in their own time zone, short, with the exact one beside it."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
"""Seconds."""


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """Return the time zone of that name, or UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def span(seconds: float) -> str:
    """Return a span with at most two units: "40 s", "9 min", "6 h", "6 d 23 h"."""
    seconds = max(0, int(seconds))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h"
    days, hours = seconds // DAY, seconds % DAY // HOUR
    return f"{days} d {hours} h" if hours and seconds < WEEK else f"{days} d"


def ago(moment: datetime, now: datetime, place: tzinfo) -> str:
    """Return how long ago, for lists: "now", "3 min", "2 h", "Tue", "12 Nov", "12 Nov 2024"."""
    seconds = (now - moment).total_seconds()
    if seconds < MINUTE:
        return "now"
    if seconds < DAY:
        return span(seconds)
    return _day(moment.astimezone(place), now.astimezone(place), is_weekday_enough=seconds < 6 * DAY)


def clock(moment: datetime, now: datetime, place: tzinfo) -> str:
    """Return the time of day, with the day where it is not today: "10:12", "12 Nov, 16:02"."""
    there, today = moment.astimezone(place), now.astimezone(place)
    time = f"{there:%H:%M}"
    return time if there.date() == today.date() else f"{_day(there, today)}, {time}"


def day(moment: datetime, now: datetime, place: tzinfo) -> str:
    """Return the day: "Today", "12 Nov", "12 Nov 2024"."""
    there, today = moment.astimezone(place), now.astimezone(place)
    return "Today" if there.date() == today.date() else _day(there, today)


def exact(moment: datetime, place: tzinfo) -> str:
    """Return the moment to the second, with its zone."""
    return f"{moment.astimezone(place):%a %d %b %Y, %H:%M:%S %Z}"


def _day(there: datetime, today: datetime, is_weekday_enough: bool = False) -> str:
    if is_weekday_enough:
        return f"{there:%a}"
    return f"{there.day} {there:%b}" + ("" if there.year == today.year else f" {there.year}")
