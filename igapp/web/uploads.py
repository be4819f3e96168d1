"""Pictures in the composer: attached by button, drop or paste, shown small, taken off; and handed to Meta."""

import io
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import Blueprint, abort, g, make_response, render_template, request, send_file

from igapp import db, passes, storage, utc
from igapp.desk import pictures, uploads
from igapp.desk.refusal import Refused
from igapp.models import Attachment, Customer, Role, Upload, User
from igapp.web import answers, guards, profile
from igapp.web.answers import AnyResponse

bp = Blueprint("uploads", __name__)

LARGEST_REQUEST = 24 * 1024 * 1024
"""Bytes; more is turned away before it is read."""


@bp.post("/customers/<int:customer_id>/uploads")
@guards.may(Role.AGENT)
def attach(customer_id: int) -> AnyResponse:
    """Attach the pictures of the form."""
    me, lane, problem = guards.me(), request.form.get("writing", ""), ""
    customer = profile.load(customer_id)
    try:
        take(customer, me, lane, utc.now())
    except Refused as refused:
        db.db.session.rollback()
        problem = str(refused)
    db.commit()
    return _shown(profile.load(customer_id), me, lane, problem)


@bp.post("/uploads/<int:upload_id>/removal")
@guards.may(Role.AGENT)
def remove(upload_id: int) -> AnyResponse:
    """Take a picture off again."""
    me, upload = guards.me(), _own(upload_id)
    customer_id, lane = upload.customer_id, upload.lane
    uploads.remove(upload)
    db.commit()
    if not answers.is_fragment():
        return answers.go(f"/customers/{customer_id}?lane={lane}")
    return _shown(profile.load(customer_id), me, lane)


@bp.get("/uploads/<int:upload_id>")
@guards.may(Role.AGENT)
def show(upload_id: int) -> AnyResponse:
    """A picture that one has attached oneself."""
    upload = _own(upload_id)
    return _picture(upload.storage_key, upload.content_type)


@bp.get("/media/<signed>/<name>")
def fetch(signed: str, name: str) -> AnyResponse:
    """A picture that is being sent, for Meta, as long as its pass holds."""
    key = passes.opened(signed, utc.now()) or abort(404)
    wanted = sa.select(Attachment.content_type).where(Attachment.storage_key == key)
    content_type = db.session().scalar(wanted)
    if content_type not in pictures.TYPES.values():
        abort(404)
    return _picture(key, content_type)


def take(customer: Customer, user: User, lane: str, now: datetime) -> Sequence[Upload]:
    """Attach the form's pictures and return all that are attached; no transaction waits while they are judged."""
    files = files_sent()
    if not files:
        return uploads.of(customer, user.id, lane)
    customer_id, user_id = customer.id, user.id
    db.db.session.rollback()
    judged = [(name, pictures.judged(name, content)) for name, content in files]
    customer, user = db.session().get_one(Customer, customer_id), db.session().get_one(User, user_id)
    return uploads.add(customer, user, lane, judged, now)


def files_sent() -> list[tuple[str, bytes]]:
    """Return the form's files by name, read once however often the request is tried."""
    if "files" not in g:
        g.files = []
        for file in request.files.getlist("files"):
            with file.stream:
                g.files += [(file.filename, file.read())] if file.filename else []
    found: list[tuple[str, bytes]] = g.files
    return found


def _shown(customer: Customer, user: User, lane: str, problem: str = "") -> AnyResponse:
    attached = uploads.of(customer, user.id, lane)
    if not answers.is_fragment():
        return answers.refuse(problem) if problem else answers.go(f"/customers/{customer.id}?lane={lane}")
    fragment = render_template("composer/_uploads.html", customer=customer, uploads=attached, problem=problem)
    return make_response(fragment, 422 if problem else 200)


def _own(upload_id: int) -> Upload:
    return uploads.own(upload_id, guards.me().id) or abort(404)


def _picture(key: str, content_type: str | None) -> AnyResponse:
    content = storage.store().get(key)
    if content is None:
        abort(404)
    answer = send_file(io.BytesIO(content), mimetype=content_type)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=3600, immutable"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
