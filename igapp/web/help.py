"""The help page: Meta's limits in our words, and the keyboard (SPEC 12.6)."""

from flask import Blueprint, render_template

from igapp.models import Role
from igapp.web import frame, guards

bp = Blueprint("help", __name__)


@bp.get("/help")
@guards.may(Role.AGENT)
def show() -> str:
    """What Instagram does not let anybody do, and what each key does."""
    me = guards.me()
    return render_template("help/show.html", controls=frame.controls(me), banner=frame.banner(me))
