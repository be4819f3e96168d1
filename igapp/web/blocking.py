"""Blocking a customer, and letting them through again (SPEC 4.7)."""

from flask import Blueprint

from igapp import db, utc
from igapp.desk import blocking
from igapp.models import Role
from igapp.web import answers, guards, profile
from igapp.web.answers import AnyResponse
from igapp.web.settings.sure import asked

bp = Blueprint("blocking", __name__, url_prefix="/customers/<int:customer_id>")

CONSEQUENCE = "What they send later is kept, but offered to nobody. The conversation is closed. It can be undone."


@bp.post("/blocking")
@guards.may(Role.AGENT)
def block(customer_id: int) -> AnyResponse:
    """Block, once that was confirmed."""
    customer, back = profile.load(customer_id), f"/customers/{customer_id}"
    question = asked(f"Block {customer.display_name}?", CONSEQUENCE, "Block", back)
    if question is not None:
        return question
    blocking.block(customer, guards.me(), utc.now())
    db.commit()
    return answers.go(back)


@bp.post("/unblocking")
@guards.may(Role.AGENT)
def unblock(customer_id: int) -> AnyResponse:
    """Let the customer's next message be routed again."""
    blocking.unblock(profile.load(customer_id), guards.me(), utc.now())
    db.commit()
    return answers.go(f"/customers/{customer_id}")
