"""What customers send besides words: kept once fetched, and gone when it is taken back (SPEC 2.5, 2.6, 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from igapp import background, db, storage
from igapp.desk import timeline
from igapp.models import Attachment, AttachmentKind, MediaState


@dataclass(frozen=True)
class Kept:
    """A fetched file: what it is by its content, not by what was said of it."""

    kind: AttachmentKind
    content_type: str
    content: bytes
    preview: bytes | None = None
    preview_type: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Stored:
    """Under which keys a file and its preview lie in the media store."""

    key: str
    preview_key: str | None


def want(attachment: Attachment) -> None:
    """Have a file fetched once its message is stored."""
    db.after_commit("media", attachment, _ask)


def due(now: datetime, limit: int = 100) -> list[int]:
    """Return the attachments that are to be fetched now."""
    is_waiting = Attachment.state == db.written(Attachment.state, MediaState.WAITING)
    wanted = sa.select(Attachment.id).where(is_waiting, Attachment.next_try_at <= now)
    return list(db.session().scalars(wanted.order_by(Attachment.next_try_at.desc()).limit(limit)))


def load(attachment_id: int) -> Attachment | None:
    """Return an attachment as the database has it now, locked."""
    wanted = sa.select(Attachment).where(Attachment.id == attachment_id).with_for_update(of=Attachment)
    return db.session().scalar(wanted.execution_options(populate_existing=True))


def put(kept: Kept, now: datetime) -> Stored:
    """Put a file and its preview into the store, which may be far away: before anything is locked for it."""
    held, stored = storage.store(), Stored(storage.new_key(), storage.new_key() if kept.preview is not None else None)
    held.put(stored.key, kept.content, kept.content_type, now)
    if stored.preview_key is not None and kept.preview is not None:
        held.put(stored.preview_key, kept.preview, kept.preview_type or kept.content_type, now)
    return stored


def drop(stored: Stored) -> None:
    """Nobody wants it any more: its message was taken back meanwhile."""
    storage.drop_later(stored.key, stored.preview_key)


def keep(attachment: Attachment, kept: Kept, stored: Stored) -> None:
    """Show what was fetched; the page fills itself in."""
    attachment.storage_key, attachment.preview_key = stored.key, stored.preview_key
    attachment.kind, attachment.content_type, attachment.size = kept.kind, kept.content_type, len(kept.content)
    attachment.width, attachment.height = kept.width, kept.height
    attachment.state, attachment.next_try_at, attachment.problem = MediaState.READY, None, None
    timeline.changed(attachment.item.conversation)


def try_again(attachment: Attachment, problem: str, at: datetime) -> None:
    """Fetch it later; the placeholder stays."""
    attachment.attempts += 1
    attachment.problem, attachment.next_try_at = problem, at


def lose(attachment: Attachment, state: MediaState, problem: str) -> None:
    """It cannot be had: expired at Instagram, or failed for good; the page says so."""
    attachment.attempts += 1
    attachment.state, attachment.problem, attachment.next_try_at = state, problem, None
    timeline.changed(attachment.item.conversation)


def forget(attachments: Sequence[Attachment]) -> None:
    """The customer took it back: addresses, titles and bytes go."""
    for attachment in attachments:
        storage.drop_later(attachment.storage_key, attachment.preview_key)
        attachment.storage_key = attachment.preview_key = attachment.url = attachment.title = None
        attachment.state, attachment.details, attachment.next_try_at = MediaState.NONE, {}, None
        attachment.size = attachment.width = attachment.height = None


def expire_stories(now: datetime, limit: int = 200) -> int:
    """Let go of stories that are over: "Story is no longer available"; returns how many."""
    is_linked = Attachment.state == db.written(Attachment.state, MediaState.LINKED)
    over = sa.select(Attachment).where(is_linked, Attachment.expires_at <= now).order_by(Attachment.expires_at)
    found = db.session().scalars(over.limit(limit).with_for_update(of=Attachment, skip_locked=True)).all()
    for attachment in found:
        attachment.state, attachment.url = MediaState.EXPIRED, None
        timeline.changed(attachment.item.conversation)
    return len(found)


def _ask(attachments: list[Attachment]) -> None:
    stored = [key for attachment in attachments if (key := sa.inspect(attachment).identity) is not None]
    background.at_once(*(("fetch_media", key[0]) for key in stored))
