"""What reports are made of: facts written down when they happen, and their sums per day."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from igapp.db import Base
from igapp.models.conversation import Channel


class WaitOutcome(StrEnum):
    """How a customer's wait for an answer ended."""

    ANSWERED = "answered"
    ECHO = "echo"
    CANCELLED = "cancelled"


class Wait(Base):
    """One unanswered stretch of a session, from its first unanswered item to its end. Numbers only."""

    __tablename__ = "waits"
    __table_args__ = (
        Index("ix_waits_ended", "ended_at"),
        Index("ix_waits_of_session", "session_id"),
        Index("ix_waits_of_conversation", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("messaging_sessions.id", ondelete="SET NULL"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inboxes.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who answered, else who held the conversation."""
    channel: Mapped[Channel]
    began_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[WaitOutcome]
    is_first: Mapped[bool]
    """The first answer of its session."""


class Dimension(StrEnum):
    """By what sums are broken down; each wait is summed once in every dimension that it has."""

    ALL = "all"
    AGENT = "agent"
    ACCOUNT = "account"
    TOPIC = "topic"


EVERYTHING = 0
"""Stands for all inboxes, and for the one key of the dimension "all", in keys that must not be null."""


class ReportPeriod(Base):
    """A day, or a month as a whole, whose sums stand; in the company's time zone."""

    __tablename__ = "report_periods"

    first_day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_month: Mapped[bool] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    built_at: Mapped[datetime | None]


class ReportCount(Base):
    """A day's or month's counts: of all inboxes or one, of one key of a dimension."""

    __tablename__ = "report_counts"
    __table_args__ = (UniqueConstraint("dimension", "inbox_id", "is_month", "first_day", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dimension: Mapped[Dimension]
    inbox_id: Mapped[int] = mapped_column(default=EVERYTHING)
    is_month: Mapped[bool]
    first_day: Mapped[date] = mapped_column(Date)
    key: Mapped[int] = mapped_column(default=EVERYTHING)
    """The agent's, account's or topic's number."""
    inbound: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int] = mapped_column(default=0)
    in_time: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    """Answered, or cancelled, after its due time."""
    cancelled: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    """Reply windows of seven days that passed unanswered."""
    declined: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=0)


class ReportBacklog(Base):
    """What stood open and waiting at the end of a day, or when today was last summed: of one key of a dimension."""

    __tablename__ = "report_backlogs"
    __table_args__ = (UniqueConstraint("dimension", "inbox_id", "first_day", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dimension: Mapped[Dimension]
    inbox_id: Mapped[int] = mapped_column(default=EVERYTHING)
    first_day: Mapped[date] = mapped_column(Date)
    key: Mapped[int] = mapped_column(default=EVERYTHING)
    open: Mapped[int] = mapped_column(default=0)
    """Conversations with an open session."""
    waiting: Mapped[int] = mapped_column(default=0)
    """Not closed, without an open session."""


class ReportBucket(Base):
    """How many answers took about so long: part of a histogram, so that any percentile of any sum is at hand."""

    __tablename__ = "report_buckets"
    __table_args__ = (UniqueConstraint("dimension", "inbox_id", "is_month", "first_day", "key", "bucket"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dimension: Mapped[Dimension]
    inbox_id: Mapped[int] = mapped_column(default=EVERYTHING)
    is_month: Mapped[bool]
    first_day: Mapped[date] = mapped_column(Date)
    key: Mapped[int] = mapped_column(default=EVERYTHING)
    bucket: Mapped[int]
    """The number of the longest bound that the answers reached (desk.spans)."""
    answers: Mapped[int] = mapped_column(default=0)
    first_answers: Mapped[int] = mapped_column(default=0)
    """Those of them that were the first of their sessions."""
