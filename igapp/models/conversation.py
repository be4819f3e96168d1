"""A conversation, everything about one customer's current matter, and the sessions inside it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp import utc
from igapp.db import Base, partial_index
from igapp.models.customer import Customer, Identity
from igapp.models.inbox import Inbox
from igapp.models.user import User


class Status(StrEnum):
    """SPEC 11.6; follows from agent and sessions, stored so that lists are fast."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Conversation(Base):
    """At most one that is not closed per customer; one inbox, at most one agent."""

    __tablename__ = "conversations"
    __table_args__ = (
        partial_index("uq_conversations_open", "customer_id", where="status <> 'closed'", unique=True),
        partial_index(
            "ix_conversations_queue",
            "inbox_id",
            "sort_due_at",
            "arrived_at",
            "id",
            where="status = 'new' AND offered_to_id IS NULL",
        ),
        partial_index("ix_conversations_kept", "sort_due_at", "arrived_at", "id", where="kept_for_id IS NOT NULL"),
        Index("ix_conversations_of_agent", "agent_id", "status", "sort_due_at"),
        partial_index("ix_conversations_waiting", "agent_id", "last_item_at", "id", where="status = 'waiting'"),
        Index("ix_conversations_of_inbox", "inbox_id", "status", "sort_due_at", "id"),
        Index("ix_conversations_of_status", "status", "sort_due_at", "id"),
        partial_index("ix_conversations_closed", "status", "closed_at", "id", where="status = 'closed'"),
        Index("ix_conversations_of_customer", "customer_id", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inboxes.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    offered_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """The agent who sees its banner now."""
    status: Mapped[Status] = mapped_column(default=Status.NEW)
    needs_attention: Mapped[bool] = mapped_column(default=False)
    """Something of an open session is unanswered."""
    due_at: Mapped[datetime | None]
    """The earliest due time of its open sessions."""
    sort_due_at: Mapped[datetime] = mapped_column(default=utc.FAR_FUTURE)
    """due_at, or the far future: the order of work (SPEC 5.3)."""
    arrived_at: Mapped[datetime]
    """Since when it waits for an agent; what was declined before does not count."""
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kept_for_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """The agent who answered last and still comes first (SPEC 5.8), until routing has looked."""
    knocked_at: Mapped[datetime | None]
    """When its own agent was last told of something new; the banner goes after 30 s or when dismissed."""
    last_item_at: Mapped[datetime | None]
    """Time of the newest item that is not an event."""
    last_agent_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who answered or held it last, for the same-agent rule (SPEC 5.8)."""
    last_reply_at: Mapped[datetime | None]
    """Our last message."""

    customer: Mapped[Customer] = relationship(lazy="joined", innerjoin=True)
    inbox: Mapped[Inbox] = relationship(lazy="joined", innerjoin=True)
    agent: Mapped[User | None] = relationship(foreign_keys=[agent_id])
    sessions: Mapped[list["MessagingSession"]] = relationship(
        primaryjoin="and_(MessagingSession.conversation_id == Conversation.id, MessagingSession.ended_at.is_(None))",
        back_populates="conversation",
        order_by="MessagingSession.id",
        lazy="selectin",
    )
    """Those that had not ended when it was loaded: history does not weigh on the present."""

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self.status == Status.CLOSED

    @property
    def open_sessions(self) -> list["MessagingSession"]:
        """Its sessions that have not ended, oldest first; the first one's account gives the inbox (SPEC 5.14)."""
        return [session for session in self.sessions if session.is_open]


class Channel(StrEnum):
    """What a session is about."""

    DM = "dm"
    COMMENT = "comment"


class MessagingSession(Base):
    """One time-bound exchange: direct messages with one identity, or one top-level comment."""

    __tablename__ = "messaging_sessions"
    __table_args__ = (
        partial_index(
            "uq_messaging_sessions_dm",
            "conversation_id",
            "identity_id",
            where="channel = 'dm' AND ended_at IS NULL",
            unique=True,
        ),
        UniqueConstraint("account_id", "comment_id"),
        partial_index("ix_messaging_sessions_ends", "ends_at", where="ended_at IS NULL AND ends_at IS NOT NULL"),
        Index("ix_messaging_sessions_of_conversation", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    channel: Mapped[Channel]
    comment_id: Mapped[str | None]
    """Of a comment session: the top-level comment's id at Instagram."""
    started_at: Mapped[datetime]
    start_reason: Mapped[str] = mapped_column(default="message")
    """"message" when the customer began it, "echo" when someone wrote from the Instagram app."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    unanswered_at: Mapped[datetime | None]
    """Platform time of the first inbound that waits for an answer."""
    answered_at: Mapped[datetime | None]
    """Time of our last answer in it."""
    set_aside_at: Mapped[datetime | None]
    """What waited when it was marked No Reply Needed, for Undo (SPEC 11.3)."""
    due_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """When silence ends it (SPEC 7.1); never while something is unanswered."""

    conversation: Mapped[Conversation] = relationship(back_populates="sessions")
    identity: Mapped[Identity] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None
