"""Search, from the bar on every page: customers, and messages with the line that matched."""

from flask import Blueprint, render_template, request

from igapp.desk import search
from igapp.models import Role
from igapp.web import frame, guards

bp = Blueprint("search", __name__)

LONGEST = 200
"""Characters of a question."""


@bp.get("/search")
@guards.may(Role.AGENT)
def show() -> str:
    """What a question finds."""
    query, me = request.args.get("q", "").strip()[:LONGEST], guards.me()
    return render_template(
        "search/show.html",
        query=query,
        found=search.find(query),
        controls=frame.controls(me),
        banner=frame.banner(me),
    )
