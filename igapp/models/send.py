"""One outbound action on its way to Meta: one row, one Graph call."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.account import Account
from igapp.models.customer import Identity
from igapp.models.timeline import Item


class SendKind(StrEnum):
    """What is sent."""

    MESSAGE = "message"
    IMAGE = "image"
    COMMENT_REPLY = "comment_reply"
    PRIVATE_REPLY = "private_reply"
    LIKE = "like"
    UNLIKE = "unlike"
    HIDE = "hide"
    DELETE = "delete"


class SendState(StrEnum):
    """SPEC 6.4; "Seen" is the item's."""

    QUEUED = "queued"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CHECKING = "checking"
    DISCARDED = "discarded"


MESSAGES = (SendKind.MESSAGE, SendKind.IMAGE, SendKind.COMMENT_REPLY, SendKind.PRIVATE_REPLY)
"""Kinds that say something to the customer, and so fulfil the SLA once sent."""

UNCLAIMED = (SendState.QUEUED, SendState.WAITING)
"""States in which nobody has taken it for delivery."""
UNDER_WAY = (SendState.QUEUED, SendState.WAITING, SendState.SENDING)
"""States that hold back what comes later in the same thread."""


class Send(Base):
    """One Graph call; delivered by claim, commit, call, record, commit."""

    __tablename__ = "sends"
    __table_args__ = (
        UniqueConstraint("account_id", "platform_id"),
        partial_index(
            "uq_sends_once_per_comment",
            "account_id",
            "comment_id",
            "kind",
            where="comment_id IS NOT NULL AND state NOT IN ('failed', 'discarded')",
            unique=True,
        ),
        partial_index("ix_sends_due", "next_try_at", where="state IN ('queued', 'waiting', 'sending', 'checking')"),
        Index("ix_sends_of_thread", "identity_id", "id"),
        Index("ix_sends_rate", "account_id", "called_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SendKind]
    state: Mapped[SendState] = mapped_column(default=SendState.QUEUED)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    """The item that this send carries."""
    target_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    """The item that it likes, hides, deletes or answers."""
    key: Mapped[str] = mapped_column(unique=True)
    """Made with the composer: a double click or a repeated request sends once (S11)."""
    text: Mapped[str | None]
    """The final text."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    comment_id: Mapped[str | None]
    """The comment that is answered, hidden or deleted."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """The agent; none for an automatic reply, which never gets the human-agent tag (S4)."""
    platform_id: Mapped[str | None]
    """What Meta answered: message id or comment id. Sent means that this is known (S1)."""
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    """When something must be done about it: try, try again, check."""
    lease_owner: Mapped[str | None]
    called_at: Mapped[datetime | None]
    """When the last call left."""
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    """Why it waits, failed or is checked, in words."""
    error_code: Mapped[str | None]
    """Meta's code/subcode, for the log and the account's health."""

    account: Mapped[Account] = relationship()
    identity: Mapped[Identity] = relationship()
    item: Mapped[Item | None] = relationship(back_populates="send", foreign_keys=[item_id])
    target: Mapped[Item | None] = relationship(back_populates="actions", foreign_keys=[target_id])

    @property
    def is_message(self) -> bool:
        """Whether it says something to the customer (and so fulfils the SLA once sent)."""
        return self.kind in MESSAGES
