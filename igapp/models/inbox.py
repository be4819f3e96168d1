"""A queue with members and an SLA."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from igapp.db import Base


class Inbox(Base):
    """Where conversations wait; an account routes to one inbox."""

    __tablename__ = "inboxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    sla_minutes: Mapped[int] = mapped_column(default=60)
    is_default: Mapped[bool] = mapped_column(default=False)
    """New users and accounts belong to it (SPEC 12.7)."""


class InboxMember(Base):
    """An agent who receives an inbox's work while available."""

    __tablename__ = "inbox_members"

    inbox_id: Mapped[int] = mapped_column(ForeignKey("inboxes.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
