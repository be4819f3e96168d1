"""The delivery ledger: each event of Meta's deliveries, raw, with its one outcome; and the lanes they wait in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from igapp.db import Base, partial_index

LANES = 256
"""An event's lane is the hash of (account, customer) modulo this; a lane is drained in order by one worker."""


class Outcome(StrEnum):
    """What became of an event (SPEC 2.2)."""

    PENDING = "pending"
    APPLIED = "applied"
    IGNORED = "ignored"
    FAILED = "failed"


class Event(Base):
    """One event, unique per account and event key, so that redeliveries die at the door."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("platform_account_id", "event_key"),
        partial_index("ix_events_pending", "lane", "at", "id", where="outcome = 'pending'"),
        partial_index("ix_events_due", "next_try_at", where="outcome = 'pending'"),
        Index("ix_events_received", "received_at"),
        Index("ix_events_outcome", "outcome", "id"),
        Index("ix_events_message", "platform_id"),
        Index("ix_events_igsid", "igsid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_account_id: Mapped[str]
    """The id by which Meta names the account; it may be none of ours."""
    event_key: Mapped[str]
    lane: Mapped[int]
    kind: Mapped[str]
    platform_id: Mapped[str | None]
    """Message or comment id, for "Where is my message?"."""
    igsid: Mapped[str | None]
    """The customer's Instagram-scoped id."""
    at: Mapped[datetime]
    """The platform's time, else the time of arrival."""
    received_at: Mapped[datetime]
    request_id: Mapped[str]
    """Which delivery it came with; the same in the logs."""
    body: Mapped[str]
    """The event's own JSON with its envelope, as delivered."""
    redeliveries: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.PENDING)
    reason: Mapped[str | None]
    """Why it was ignored, or the error that it failed with, in words."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    """Not before then; backs off with each failure."""
    ended_at: Mapped[datetime | None]
    item_id: Mapped[int | None]
    """What it became, which may be gone since; no constraint, so that items go without a search of the ledger."""


class Lane(Base):
    """Its row is locked by whoever drains the lane, until their batch commits; there is one row per lane."""

    __tablename__ = "lanes"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
