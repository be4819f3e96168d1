"""The desk: the agent's own customers, and the fragment that keeps their list up to date."""

from flask import Blueprint, render_template, request

from igapp.models import Role
from igapp.web import frame, guards

bp = Blueprint("desk", __name__)


@bp.get("/")
@guards.may(Role.AGENT)
def show() -> str:
    """My Customers, with room for one of them."""
    me = guards.me()
    return render_template(
        "desk/show.html",
        customers=frame.customers(me, after=request.args.get("after")),
        controls=frame.controls(me),
        banner=frame.banner(me),
    )


@bp.get("/desk/customers")
@guards.may(Role.AGENT)
def customers() -> str:
    """One page of the list alone."""
    shown = frame.customers(guards.me(), request.args.get("open", type=int), request.args.get("after"))
    return render_template("desk/_customers.html", customers=shown)
