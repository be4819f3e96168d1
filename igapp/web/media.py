"""Kept media of messages, for signed-in agents alone."""

import sqlalchemy as sa
from flask import Blueprint, abort, make_response

from igapp import db
from igapp.models import Attachment, MediaState, Role, StoredFile
from igapp.web import guards
from igapp.web.answers import AnyResponse

bp = Blueprint("media", __name__)

SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "audio/mp4", "audio/mpeg", "audio/ogg")
"""Types that a browser may show; everything else is a file to save."""


@bp.get("/attachments/<int:attachment_id>")
@guards.may(Role.AGENT)
def show(attachment_id: int) -> AnyResponse:
    """The bytes of an attachment that we keep."""
    attachment = db.session().get(Attachment, attachment_id) or abort(404)
    if attachment.state != MediaState.READY or attachment.storage_key is None:
        abort(404)
    wanted = sa.select(StoredFile).where(StoredFile.key == attachment.storage_key)
    stored = db.session().scalar(wanted) or abort(404)
    is_shown = stored.content_type in SHOWN
    answer = make_response(stored.content)
    answer.content_type = stored.content_type if is_shown else "application/octet-stream"
    answer.headers["Content-Disposition"] = "inline" if is_shown else "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
