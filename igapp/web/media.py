"""Kept media of messages, for signed-in agents alone."""

import io

from flask import Blueprint, abort, send_file

from igapp import db, storage
from igapp.models import Attachment, MediaState, Role
from igapp.web import guards
from igapp.web.answers import AnyResponse

bp = Blueprint("media", __name__)

SHOWN = (
    *("image/jpeg", "image/png", "image/gif", "image/webp"),
    *("video/mp4", "video/webm", "video/quicktime", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/aac", "audio/wav"),
)
"""Types that a browser may show; everything else is a file to save."""


@bp.get("/attachments/<int:attachment_id>")
@guards.may(Role.AGENT)
def show(attachment_id: int) -> AnyResponse:
    """The bytes of an attachment that we keep; a part of them where a player asks for one."""
    attachment = _ready(attachment_id)
    return _file(attachment.storage_key, attachment.content_type)


@bp.get("/attachments/<int:attachment_id>/preview")
@guards.may(Role.AGENT)
def preview(attachment_id: int) -> AnyResponse:
    """A picture scaled for the timeline; the picture itself where it is small."""
    attachment = _ready(attachment_id)
    if attachment.preview_key is None:
        return _file(attachment.storage_key, attachment.content_type)
    return _file(attachment.preview_key, "image/jpeg")


def _ready(attachment_id: int) -> Attachment:
    attachment = db.session().get(Attachment, attachment_id)
    if attachment is None or attachment.state != MediaState.READY:
        abort(404)
    return attachment


def _file(key: str | None, content_type: str | None) -> AnyResponse:
    content = storage.store().get(key) if key else None
    if content is None:
        abort(404)
    is_shown = content_type in SHOWN
    answer = send_file(
        io.BytesIO(content),
        mimetype=content_type if is_shown else "application/octet-stream",
        as_attachment=not is_shown,
        download_name=None if is_shown else "attachment",
        conditional=True,
        etag=key or False,
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
