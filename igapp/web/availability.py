"""The agent's controls in the top bar: Messaging on and off, Next, and how many wait."""

from datetime import datetime

from flask import Blueprint, make_response, render_template, request

from igapp import db, utc
from igapp.desk import availability, routing
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Role, User
from igapp.web import answers, frame, guards
from igapp.web.answers import AnyResponse

bp = Blueprint("availability", __name__)


@bp.get("/desk/controls")
@guards.may(Role.AGENT)
def controls() -> str:
    """The controls as they are now."""
    return _fragment()


@bp.post("/availability")
@guards.may(Role.AGENT)
def switch() -> AnyResponse:
    """Turn Messaging on or off."""
    availability.switch(guards.me(), request.form.get("is_on") == "1", utc.now())
    db.commit()
    return make_response(_fragment()) if answers.is_fragment() else answers.go(answers.came_from())


@bp.post("/next")
@guards.may(Role.AGENT)
def take_next() -> AnyResponse:
    """Open the next customer: with `mine`, first one's own who needs attention (SPEC 5.9)."""
    return go_to_next(guards.me(), is_mine_first=request.form.get("mine") == "1")


def go_to_next(user: User, is_mine_first: bool) -> AnyResponse:
    """Commit what was done before, and lead to the next customer, or say why there is none.

    Whatever it opens, the pause ends.
    """
    now = utc.now()
    try:
        found, why = _next(user, now, is_mine_first=is_mine_first)
    except Refused as refused:
        db.commit()
        return answers.refuse(str(refused))
    customer_id = found.customer_id if found else None
    db.commit()
    return answers.go(f"/customers/{customer_id}?compose=1") if customer_id else answers.refuse(why)


def _next(user: User, now: datetime, *, is_mine_first: bool) -> tuple[Conversation | None, str]:
    if is_mine_first:
        return routing.next_in_turn(user, now, after_id=request.form.get("open", type=int))
    return routing.next_for(user, now)


def _fragment() -> str:
    return render_template("desk/_controls.html", controls=frame.controls(guards.me()))
