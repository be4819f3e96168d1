"""A conversation routed to one agent and shown as the green banner."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.conversation import Conversation
from igapp.models.user import User


class OfferState(StrEnum):
    """What became of an offer; `offered` is the only one that changes."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class Offer(Base):
    """One pending at most per conversation and per agent."""

    __tablename__ = "offers"
    __table_args__ = (
        partial_index("uq_offers_conversation", "conversation_id", where="state = 'offered'", unique=True),
        partial_index("uq_offers_agent", "agent_id", where="state = 'offered'", unique=True),
        partial_index("ix_offers_expiring", "expires_at", where="state = 'offered'"),
        partial_index("ix_offers_not_taken", "ended_at", where="state IN ('declined', 'missed')"),
        Index("ix_offers_of_conversation", "conversation_id", "offered_at"),
        Index("ix_offers_of_agent", "agent_id", "state", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[OfferState] = mapped_column(default=OfferState.OFFERED)
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_forgiven: Mapped[bool] = mapped_column(default=False)
    """Declined or missed, but the agent pressed Next since: it may come back to them (SPEC 5.6)."""
    withdrawn_because: Mapped[str | None]
    """The sentence that the agent sees when the banner goes."""
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Who was considered, who was skipped and why."""

    conversation: Mapped[Conversation] = relationship()
    agent: Mapped[User] = relationship()
