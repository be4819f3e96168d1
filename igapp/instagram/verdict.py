"""What became of an event: exactly one outcome, with the reason in words (CONTRACT: what the ledger says)."""

from dataclasses import dataclass
from datetime import datetime

from igapp.models import Item, Outcome


@dataclass(frozen=True)
class Verdict:
    """An event's outcome; one that is still pending says when to look again, and what to fetch first."""

    outcome: Outcome
    reason: str | None = None
    item: Item | None = None
    again_at: datetime | None = None
    fetch: str | None = None
    """The job that completes the event from the Graph API."""
    is_forgotten: bool = False
    """The ledger counts it, and keeps nothing of what it said and who said it."""
    igsid: str | None = None
    """By which id its author is known, where the delivery named none."""


def applied(item: Item | None, reason: str | None = None) -> Verdict:
    """It took effect, on that item."""
    return Verdict(Outcome.APPLIED, reason, item)


def ignored(reason: str) -> Verdict:
    """It is kept, and nothing else follows."""
    return Verdict(Outcome.IGNORED, reason)


def forgotten(reason: str) -> Verdict:
    """It is ignored, and not even kept."""
    return Verdict(Outcome.IGNORED, reason, is_forgotten=True)


def failed(reason: str) -> Verdict:
    """It cannot be applied until an administrator replays it."""
    return Verdict(Outcome.FAILED, reason)


def postponed(reason: str, until: datetime, fetch: str | None = None) -> Verdict:
    """It waits, for its time or for what the Graph API says."""
    return Verdict(Outcome.PENDING, reason, again_at=until, fetch=fetch)
