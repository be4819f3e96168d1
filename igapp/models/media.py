"""What items carry besides text: attachments, the posts that were commented on, and stored bytes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.timeline import Item


class AttachmentKind(StrEnum):
    """As what it is shown."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    STICKER = "sticker"
    SHARE = "share"
    POST = "post"
    REEL = "reel"
    STORY = "story"
    LIKE = "like"
    TEMPLATE = "template"
    VIEW_ONCE = "view_once"
    UNSUPPORTED = "unsupported"


class MediaState(StrEnum):
    """Where its bytes are: to be fetched, kept here, never kept (only a link), or lost."""

    WAITING = "waiting"
    READY = "ready"
    LINKED = "linked"
    FAILED = "failed"
    EXPIRED = "expired"
    NONE = "none"


class Attachment(Base):
    """One attachment of an item."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_of_item", "item_id", "position"),
        partial_index("ix_attachments_waiting", "next_try_at", where="state = 'waiting'"),
        partial_index("ix_attachments_expiring", "expires_at", where="state = 'linked' AND expires_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[AttachmentKind]
    raw_kind: Mapped[str | None]
    """The kind in Meta's words."""
    url: Mapped[str | None]
    """At Meta; expires there."""
    title: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[MediaState]
    expires_at: Mapped[datetime | None]
    """Of a story: 24 h after it was mentioned (SPEC 3.3)."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    content_type: Mapped[str | None]
    size: Mapped[int | None]
    """Bytes."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    storage_key: Mapped[str | None] = mapped_column(unique=True)
    """Where the media store keeps the bytes; unguessable."""
    preview_key: Mapped[str | None]
    """A scaled copy for the timeline."""

    item: Mapped[Item] = relationship(back_populates="attachments")


class StoredFile(Base):
    """Bytes of the media store that lives in the database (MEDIA_URL=db://)."""

    __tablename__ = "stored_files"

    key: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]


class Post(Base):
    """A post, reel, ad, story or broadcast of ours that was commented on."""

    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("account_id", "media_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    media_id: Mapped[str]
    product: Mapped[str | None]
    """Meta's media_product_type: FEED, REELS, AD, STORY, IG_LIVE."""
    caption: Mapped[str | None]
    permalink: Mapped[str | None]
    picture_url: Mapped[str | None]
    posted_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    problem: Mapped[str | None]
