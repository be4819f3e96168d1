"""The agent's controls in the top bar: Messaging on and off, Next, and how many wait."""

from flask import Blueprint, make_response, render_template, request

from igapp import db, utc
from igapp.desk import availability, my_customers, routing
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
    own = _own_waiting(user) if is_mine_first else None
    try:
        found, why = _take(user, own)
    except Refused as refused:
        db.commit()
        return answers.refuse(str(refused))
    if own is not None and user.agent.paused_at is not None:
        routing.end_pause(user, now)
    customer_id = found.customer_id if found else None
    db.commit()
    return answers.go(f"/customers/{customer_id}?compose=1") if customer_id else answers.refuse(why)


def _take(user: User, own: Conversation | None) -> tuple[Conversation | None, str]:
    return (own, "") if own is not None else routing.next_for(user, utc.now())


def _own_waiting(user: User) -> Conversation | None:
    open_id = request.form.get("open", type=int)
    mine = my_customers.active(user.id)
    return next((one for one in mine if one.needs_attention and one.customer_id != open_id), None)


def _fragment() -> str:
    return render_template("desk/_controls.html", controls=frame.controls(guards.me()))
