"""What people settle for themselves: how the product looks to them."""

from flask import Blueprint, request

from igapp import db
from igapp.models import Role
from igapp.web import answers, guards
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
