"""What was erased, for whom and why, without anything that was erased; and how long things are kept."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.user import User


class ErasureKind(StrEnum):
    """What is erased: one customer, or an account with all that came through it."""

    CUSTOMER = "customer"
    ACCOUNT = "account"


class ErasureState(StrEnum):
    """How far it is."""

    RUNNING = "running"
    DONE = "done"
    NOTHING = "nothing"


class Erasure(Base):
    """An erasure and its receipt: numbers and moments, nothing personal."""

    __tablename__ = "erasures"
    __table_args__ = (partial_index("ix_erasures_running", "id", where="state = 'running'"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    """Confirmation code, unguessable; the status page is open to whoever has it."""
    kind: Mapped[ErasureKind]
    state: Mapped[ErasureState] = mapped_column(default=ErasureState.RUNNING)
    customer_id: Mapped[int | None]
    """The number of a customer that is gone or going."""
    account_id: Mapped[int | None]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None: Meta asked."""
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many rows of each kind are gone."""
    sealed: Mapped[str | None]
    """By which ids Instagram named whoever is erased, readable by us alone, until the erasure is done."""

    asked_by: Mapped[User | None] = relationship(lazy="joined")


class ErasedIdentity(Base):
    """Somebody who was erased: what Instagram still has of before must not come back."""

    __tablename__ = "erased_identities"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    igsid_hash: Mapped[str] = mapped_column(primary_key=True)
    """A keyed hash: it tells that somebody is the same, and nothing else."""
    erased_at: Mapped[datetime]


class RetentionRun(Base):
    """One pass over what is too old to be kept, or a dry run that only counts it."""

    __tablename__ = "retention_runs"
    __table_args__ = (Index("ix_retention_runs_began", "began_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    is_dry: Mapped[bool]
    conversations_before: Mapped[datetime | None]
    """Closed before then: deleted. None: kept for good."""
    events_before: Mapped[datetime | None]
    """Ended before then: their raw text is deleted."""
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    asked_by: Mapped[User | None] = relationship(lazy="joined")
