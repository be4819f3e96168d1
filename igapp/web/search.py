"""Search, from the bar on every page: customers, and messages with the line that matched."""

from flask import Blueprint, render_template, request

from igapp.desk import search
from igapp.desk.search import Found
from igapp.models import Role
from igapp.web import frame, guards, keys

bp = Blueprint("search", __name__)

LONGEST = 200
"""Characters of a question."""
AT_ONCE = 5
"""Results of each kind while somebody types."""


@bp.get("/search")
@guards.may(Role.AGENT)
def show() -> str:
    """What a question finds."""
    query, me = _query(), guards.me()
    return render_template(
        "search/show.html",
        query=query,
        found=search.find(query),
        address=address,
        controls=frame.controls(me),
        banner=frame.banner(me),
    )


@bp.get("/search/found")
@guards.may(Role.AGENT)
def found() -> str:
    """The first results, while somebody types."""
    query = _query()
    return render_template("search/_found.html", query=query, found=search.find(query, AT_ONCE), address=address)


def address(one: Found) -> str:
    """Return where a result is: the profile, or the message on it."""
    profile = f"/customers/{one.customer.id}"
    if one.item_id is None or one.at is None:
        return profile
    return f"{profile}?before={keys.written((one.at, one.item_id + 1))}#item-{one.item_id}"


def _query() -> str:
    return request.args.get("q", "").strip()[:LONGEST]
