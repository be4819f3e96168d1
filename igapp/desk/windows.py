"""Meta's reply window: 24 hours after the customer's last message, 7 days for a person's answer (SPEC 6.6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from igapp import utc
from igapp.models import Identity

STANDARD_HOURS = 24
"""Meta: anything may be sent so long after the customer's last message."""
HUMAN_AGENT_DAYS = 7
"""Meta: a person may answer so long, with the human-agent tag."""


@dataclass(frozen=True)
class Window:
    """Whether a direct message may be sent now, and how."""

    is_open: bool
    needs_tag: bool
    """Only a person may still answer: the send carries the human-agent tag."""
    closes_at: datetime | None
    reason: str | None
    """Why it is shut, with what is still possible."""


def window(identity: Identity | None, now: datetime) -> Window:
    """Return the window of direct messages to this identity."""
    if identity is None or identity.window_opened_at is None:
        return _shut("Instagram lets a company answer only: this customer has not sent a message yet.")
    if not identity.account.is_connected:
        return _shut(f"@{identity.account.username} is disconnected. An administrator can reconnect it.")
    closes_at = identity.window_opened_at + utc.days(HUMAN_AGENT_DAYS)
    if now >= closes_at:
        return _shut("Instagram's 7 days to reply are over. When the customer writes again you can answer.", closes_at)
    needs_tag = now >= identity.window_opened_at + utc.hours(STANDARD_HOURS)
    return Window(is_open=True, needs_tag=needs_tag, closes_at=closes_at, reason=None)


def remaining(window: Window, now: datetime) -> str | None:
    """Return what is left in words, such as "6 h left to reply"."""
    if not window.is_open or window.closes_at is None:
        return None
    return f"{in_words(window.closes_at - now)} left to reply"


def in_words(span: timedelta) -> str:
    """Return a span in its largest sensible unit: "3 d", "6 h", "12 min"."""
    seconds = max(timedelta(), span)
    if seconds >= utc.days(2):
        return f"{seconds // utc.days(1)} d"
    return f"{seconds // utc.hours(1)} h" if seconds >= utc.hours(1) else f"{seconds // utc.minutes(1)} min"


def _shut(reason: str, closes_at: datetime | None = None) -> Window:
    return Window(is_open=False, needs_tag=False, closes_at=closes_at, reason=reason)
