"""What people settle for themselves: their picture, how the product looks and sounds to them."""

import io

from flask import Blueprint, abort, flash, request, send_file

from igapp import db, storage, utc
from igapp.desk import portraits, users
from igapp.desk.refusal import Refused
from igapp.models import Role, User
from igapp.web import answers, guards, uploads
from igapp.web.answers import AnyResponse

bp = Blueprint("own", __name__)

THEMES = ("system", "light", "dark")


@bp.post("/me/theme")
@guards.may(Role.AGENT)
def choose_theme() -> AnyResponse:
    """Light, dark, or as the system has it."""
    theme = request.form.get("theme", "")
    if theme in THEMES:
        guards.me().theme = theme
        db.commit()
    return answers.go(answers.came_from())


@bp.post("/me/alerts")
@guards.may(Role.AGENT)
def choose_alerts() -> AnyResponse:
    """Whether a new banner makes a sound, and shows a notification while another window is in front."""
    me = guards.me()
    me.has_sounds = "has_sounds" in request.form
    me.has_notifications = "has_notifications" in request.form
    db.commit()
    flash("Saved.")
    return answers.go("/me")


@bp.post("/me/picture")
@guards.may(Role.AGENT)
def choose_picture() -> AnyResponse:
    """Show another picture of oneself; no transaction waits while it is judged."""
    files, my_id = uploads.files_sent(), guards.me().id
    if not files:
        return answers.refuse("Choose a picture first.", "/me")
    db.db.session.rollback()
    try:
        portrait = portraits.drawn(*files[0])
    except Refused as refused:
        return answers.refuse(str(refused), "/me")
    portraits.hang(db.session().get_one(User, my_id), portrait, utc.now())
    db.commit()
    flash("Your picture is changed.")
    return answers.go("/me")


@bp.post("/me/picture/removal")
@guards.may(Role.AGENT)
def remove_picture() -> AnyResponse:
    """Back to initials."""
    portraits.take_down(guards.me(), utc.now())
    db.commit()
    flash("Your picture is removed.")
    return answers.go("/me")


@bp.get("/users/<int:user_id>/picture")
@guards.may(Role.AGENT)
def show_picture(user_id: int) -> AnyResponse:
    """A colleague's picture; its address changes with it."""
    user = users.load(user_id)
    content = storage.store().get(user.picture_key) if user and user.picture_key else None
    if content is None:
        abort(404)
    answer = send_file(io.BytesIO(content), mimetype=portraits.CONTENT_TYPE)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
