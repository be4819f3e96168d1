"""What runs out: the due time and the reply window, in words, with the colour that they deserve."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from igapp import utc
from igapp.desk import windows
from igapp.models import Conversation, Identity, MessagingSession
from igapp.web import times

WINDOW_MATTERS_HOURS = 48
"""A reply window that is open for longer is not worth a chip."""
SOON_SHARE = 0.25
"""Amber begins in the last quarter of a clock (SPEC 11.1)."""


@dataclass(frozen=True)
class Clock:
    """One clock: what it says in the context, on a card, and how full its bar still is."""

    name: str
    words: str
    short: str
    tone: str
    left: int
    """Percent that remain."""


def all_of(conversation: Conversation | None, identities: Iterable[Identity], now: datetime) -> list[Clock]:
    """Return the clocks of a profile: the earliest due time, and the reply window of each account."""
    clocks = [_window(identity, now) for identity in identities]
    return [clock for clock in (due(conversation, now), *clocks) if clock is not None]


def due(conversation: Conversation | None, now: datetime) -> Clock | None:
    """Return the clock of the earliest due time."""
    session = _earliest(conversation)
    if session is None or session.due_at is None or session.unanswered_at is None:
        return None
    seconds = (session.due_at - now).total_seconds()
    whole = max(1.0, (session.due_at - session.unanswered_at).total_seconds())
    if seconds < 0:
        late = times.span(-seconds)
        return Clock("Reply due", f"overdue by {late}", f"due {late} ago", "late", 0)
    share = min(1.0, seconds / whole)
    left = times.span(seconds)
    return Clock("Reply due", f"in {left}", left, "soon" if share <= SOON_SHARE else "", round(share * 100))


def chip(conversation: Conversation, identities: Iterable[Identity], now: datetime) -> Clock | None:
    """Return the one clock of a list card: the earliest that matters."""
    first = due(conversation, now)
    if first is not None:
        return first
    matter = utc.hours(WINDOW_MATTERS_HOURS)
    closing = [one for one in identities if (closes := _closes_at(one, now)) is not None and closes - now < matter]
    return min((clock for one in closing if (clock := _window(one, now))), key=lambda one: one.left, default=None)


def _window(identity: Identity, now: datetime) -> Clock | None:
    closes_at = _closes_at(identity, now)
    if closes_at is None:
        return None
    seconds = (closes_at - now).total_seconds()
    share = seconds / utc.days(windows.HUMAN_AGENT_DAYS).total_seconds()
    words = times.span(seconds)
    tone = "soon" if seconds < utc.hours(WINDOW_MATTERS_HOURS / 2).total_seconds() else ""
    return Clock("Reply window", words, f"{words} to reply", tone, round(share * 100))


def _closes_at(identity: Identity, now: datetime) -> datetime | None:
    window = windows.window(identity, now)
    return window.closes_at if window.is_open else None


def _earliest(conversation: Conversation | None) -> MessagingSession | None:
    due_ones = [one for one in conversation.open_sessions if one.due_at] if conversation else []
    return min(due_ones, key=lambda one: one.due_at or one.started_at, default=None)
