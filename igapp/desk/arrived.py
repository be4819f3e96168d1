"""What arrives, as the door hands it over, and the timeline's items that it becomes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from igapp import utc
from igapp.desk import media
from igapp.models import Attachment, AttachmentKind, Item, ItemKind, MediaState, Post

STORY_HOURS = 24
"""A story lives so long (SPEC 3.3)."""
KEPT = (
    AttachmentKind.IMAGE,
    AttachmentKind.VIDEO,
    AttachmentKind.AUDIO,
    AttachmentKind.FILE,
    AttachmentKind.STICKER,
)
"""Attachments whose bytes are fetched and kept; everything else stays a link (SPEC 2.6, 3.3)."""


@dataclass(frozen=True)
class ArrivedAttachment:
    """One attachment as it arrived."""

    kind: AttachmentKind
    raw_kind: str
    url: str | None = None
    title: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """A message, mention, postback or referral of a customer, or an echo."""

    kind: ItemKind
    platform_id: str | None
    at: datetime
    text: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[ArrivedAttachment, ...] = ()
    wants_answer: bool = True
    is_recovered: bool = False


@dataclass(frozen=True)
class ArrivedComment:
    """A top-level comment on a post of ours."""

    comment_id: str
    at: datetime
    text: str | None
    post: Post | None
    is_live: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    is_recovered: bool = False


def message(arrival: Arrival, at: datetime, now: datetime) -> Item:
    """Return the item of a message, at its platform time."""
    item = Item(
        kind=arrival.kind,
        platform_id=arrival.platform_id,
        at=at,
        arrived_at=now,
        text=arrival.text,
        details=arrival.details,
        is_recovered=arrival.is_recovered,
    )
    item.attachments = [_attachment(one, position, item, now) for position, one in enumerate(arrival.attachments)]
    return item


def comment(arrived: ArrivedComment, at: datetime, now: datetime) -> Item:
    """Return the item of a comment, under its post, at its platform time."""
    return Item(
        kind=ItemKind.LIVE_COMMENT if arrived.is_live else ItemKind.COMMENT,
        platform_id=arrived.comment_id,
        at=at,
        arrived_at=now,
        text=arrived.text,
        details=arrived.details,
        post=arrived.post,
        is_inbound=True,
        is_recovered=arrived.is_recovered,
    )


def _attachment(arrived: ArrivedAttachment, position: int, item: Item, now: datetime) -> Attachment:
    is_story = arrived.kind == AttachmentKind.STORY or item.kind == ItemKind.STORY_MENTION
    is_kept = arrived.kind in KEPT and bool(arrived.url) and not is_story
    expires_at = item.at + utc.hours(STORY_HOURS) if is_story else None
    attachment = Attachment(
        position=position,
        kind=arrived.kind,
        raw_kind=arrived.raw_kind,
        url=arrived.url,
        title=arrived.title,
        details=arrived.details,
        state=_state(arrived.url, is_kept=is_kept, is_expired=expires_at is not None and expires_at <= now),
        next_try_at=item.at if is_kept else None,
        expires_at=expires_at,
    )
    if is_kept:
        media.want(attachment)
    return attachment


def _state(url: str | None, *, is_kept: bool, is_expired: bool) -> MediaState:
    if is_expired:
        return MediaState.EXPIRED
    if is_kept:
        return MediaState.WAITING
    return MediaState.LINKED if url else MediaState.NONE
