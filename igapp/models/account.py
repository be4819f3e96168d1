"""An Instagram professional account of the company, connected to the product."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base
from igapp.models.inbox import Inbox


class AccountState(StrEnum):
    """Whether Meta lets us speak for the account."""

    CONNECTED = "connected"
    REFUSED = "refused"
    DISCONNECTED = "disconnected"


class LinkFormat(StrEnum):
    """How links leave for Instagram (SPEC 6.8)."""

    ARTICLE = "article"
    PLAIN = "plain"


class AutoReply(StrEnum):
    """When an account answers by itself (SPEC 12.4)."""

    NEVER = "never"
    OUTSIDE_HOURS = "outside_hours"
    AT_START = "at_start"


class Account(Base):
    """One connected account; webhooks may name it by either of its two ids."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    ig_user_id: Mapped[str] = mapped_column(unique=True)
    """The professional account's id (17841…), `entry.id` in webhooks."""
    app_scoped_id: Mapped[str | None] = mapped_column(unique=True)
    """The same account's id in Meta's deauthorise and deletion callbacks."""
    username: Mapped[str]
    name: Mapped[str | None]
    picture_url: Mapped[str | None]
    state: Mapped[AccountState] = mapped_column(default=AccountState.CONNECTED)
    refused_reason: Mapped[str | None]
    """Why Meta refuses the token, in words for an administrator."""

    token_encrypted: Mapped[str | None]
    token_expires_at: Mapped[datetime | None]
    token_refreshed_at: Mapped[datetime | None]
    permissions: Mapped[list[str] | None]
    subscribed_fields: Mapped[list[str] | None]
    subscription_checked_at: Mapped[datetime | None]
    subscription_problem: Mapped[str | None]

    inbox_id: Mapped[int] = mapped_column(ForeignKey("inboxes.id"), index=True)
    sla_minutes: Mapped[int | None]
    """Blank: the inbox's."""
    is_dm_on: Mapped[bool] = mapped_column(default=True)
    is_comments_on: Mapped[bool] = mapped_column(default=True)
    is_story_mentions_on: Mapped[bool] = mapped_column(default=True)
    is_echo_on: Mapped[bool] = mapped_column(default=True)
    link_format: Mapped[LinkFormat] = mapped_column(default=LinkFormat.ARTICLE)
    auto_reply: Mapped[AutoReply] = mapped_column(default=AutoReply.NEVER)
    auto_reply_text: Mapped[str | None]

    connected_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime | None]
    gaps_started_at: Mapped[datetime | None]
    """When the platform's conversations were last begun to be compared with ours (L9)."""
    gaps_checked_at: Mapped[datetime | None]
    """The beginning of the last comparison that came to its end."""
    recovered_count: Mapped[int | None]
    """Messages that no webhook told of, found by comparing."""
    throttled_until: Mapped[datetime | None]
    """Meta or our own limit holds sends back until then (SPEC 6.10)."""
    usage: Mapped[dict[str, Any] | None]
    """Meta's last usage headers, per cent."""

    inbox: Mapped[Inbox] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_connected(self) -> bool:
        """Whether it is in use; a refused token keeps an account in use (inbound goes on)."""
        return self.state != AccountState.DISCONNECTED

    @property
    def may_send(self) -> bool:
        """Whether Meta would take a call in its name."""
        return self.state == AccountState.CONNECTED and self.token_encrypted is not None

    @property
    def platform_ids(self) -> set[str]:
        """Both ids by which Meta may name it."""
        return {platform_id for platform_id in (self.ig_user_id, self.app_scoped_id) if platform_id}

    @property
    def due_minutes(self) -> int:
        """Minutes from a customer's first unanswered item to its due time (SPEC 11.1)."""
        return self.sla_minutes if self.sla_minutes is not None else self.inbox.sla_minutes
