"""What helps an agent to write: drafts, prepared answers, and being mentioned in a note."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.timeline import Item


class Draft(Base):
    """What an agent has begun to write, per customer and lane (each comment its own)."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("user_id", "customer_id", "lane"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    lane: Mapped[str]
    """ "dm:<identity>", "note", "comment:<item>" or "private:<item>"."""
    text: Mapped[str]
    saved_at: Mapped[datetime]


class Answer(Base):
    """A prepared reply (canned answer) with variables (SPEC 6.9)."""

    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Mention(Base):
    """A teammate was mentioned in a note, and is told until they have looked."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("item_id", "user_id"),
        partial_index("ix_mentions_unseen", "user_id", where="seen_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    seen_at: Mapped[datetime | None]

    item: Mapped[Item] = relationship()


class Upload(Base):
    """An image that an agent attached, before and after it is sent; Meta fetches it by a signed address."""

    __tablename__ = "uploads"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    lane: Mapped[str]
    name: Mapped[str]
    """As the agent's file was called; data, never a path."""
    content_type: Mapped[str]
    size: Mapped[int]
    """Bytes of the file as it was given."""
    width: Mapped[int]
    height: Mapped[int]
    storage_key: Mapped[str] = mapped_column(unique=True)
    uploaded_at: Mapped[datetime]
