"""One row of a customer's timeline."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.account import Account
from igapp.models.user import User

if TYPE_CHECKING:
    from igapp.models.conversation import Conversation, MessagingSession
    from igapp.models.customer import Customer, Identity
    from igapp.models.media import Attachment, Post
    from igapp.models.send import Send


class ItemKind(StrEnum):
    """What a row is; its name on the page follows from it."""

    MESSAGE = "message"
    STORY_MENTION = "story_mention"
    STORY_REPLY = "story_reply"
    POSTBACK = "postback"
    UNSUPPORTED = "unsupported"
    COMMENT = "comment"
    LIVE_COMMENT = "live_comment"
    REPLY = "reply"
    ECHO = "echo"
    AUTO_REPLY = "auto_reply"
    COMMENT_REPLY = "comment_reply"
    PRIVATE_REPLY = "private_reply"
    NOTE = "note"
    REFERRAL = "referral"
    EVENT = "event"


class Item(Base):
    """A message, comment, reply, note, mention or system event, at the platform's time."""

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("account_id", "platform_id"),
        Index("ix_items_timeline", "customer_id", "at", "id"),
        partial_index("ix_items_comments", "customer_id", "at", "id", where="kind = 'comment'"),
        Index("ix_items_at", "at"),
        Index("ix_items_of_session", "session_id", "at"),
        Index("ix_items_of_conversation", "conversation_id", "at", "id"),
        Index("ix_items_of_identity", "identity_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("messaging_sessions.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"))
    kind: Mapped[ItemKind]
    platform_id: Mapped[str | None]
    """The message's or comment's id at Instagram."""
    at: Mapped[datetime]
    """The platform's time; ours for notes, events and what we send."""
    arrived_at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """The agent who wrote it."""
    text: Mapped[str | None]
    is_inbound: Mapped[bool] = mapped_column(default=False)
    wants_answer: Mapped[bool] = mapped_column(default=False)
    """Of a kind that starts a session and the SLA (SPEC 7.5), and not settled on arrival."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What only its kind has: quoted message, story, postback, referral, raw kind, who was skipped …"""
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    reaction: Mapped[str | None]
    """The customer's emoji, shown as a heart (SPEC 8.1)."""
    liked_at: Mapped[datetime | None]
    """When an agent liked it."""
    edits: Mapped[list[Any] | None]
    """Earlier texts, oldest first."""
    deleted_at: Mapped[datetime | None]
    """Unsent or deleted by its author; the content is gone."""
    hidden_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    """Deleted on Instagram by us."""
    seen_at: Mapped[datetime | None]
    """When the customer read what we sent."""
    is_recovered: Mapped[bool] = mapped_column(default=False)
    """Fetched by the gap finder, not delivered by a webhook."""

    customer: Mapped["Customer"] = relationship()
    conversation: Mapped["Conversation"] = relationship()
    session: Mapped[Optional["MessagingSession"]] = relationship()
    identity: Mapped[Optional["Identity"]] = relationship()
    account: Mapped[Account | None] = relationship()
    author: Mapped[User | None] = relationship()
    post: Mapped[Optional["Post"]] = relationship()
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="item", order_by="Attachment.position")
    send: Mapped[Optional["Send"]] = relationship(back_populates="item", uselist=False, foreign_keys="Send.item_id")
    actions: Mapped[list["Send"]] = relationship(
        back_populates="target", foreign_keys="Send.target_id", order_by="Send.id"
    )
    """What was done to it at Instagram: liked, hidden, deleted, answered."""

    @property
    def is_deleted(self) -> bool:
        """Whether its author took it back."""
        return self.deleted_at is not None

    @property
    def is_ours(self) -> bool:
        """Whether the company said it (or noted it)."""
        return not self.is_inbound and self.kind != ItemKind.EVENT


class PendingChange(Base):
    """An edit, unsend, reaction or read that came before its message; taken when the message comes (D6)."""

    __tablename__ = "pending_changes"
    __table_args__ = (Index("ix_pending_changes_message", "account_id", "platform_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    platform_id: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
