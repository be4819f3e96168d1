"""The green banner: what is offered, taking it, sending it on, and news from one's own customers."""

from flask import Blueprint, abort, make_response, render_template, request

from igapp import bell, db, utc
from igapp.desk import offers
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Offer, Role
from igapp.web import answers, frame, guards
from igapp.web.answers import AnyResponse

bp = Blueprint("banner", __name__)


@bp.get("/desk/banner")
@guards.may(Role.AGENT)
def show() -> str:
    """What the banner shows now, on a page that shows the customer `open`."""
    return _fragment()


@bp.post("/offers/<int:offer_id>/acceptance")
@guards.may(Role.AGENT)
def accept(offer_id: int) -> AnyResponse:
    """Take the request; whoever is late is told."""
    offer = _offer(offer_id)
    try:
        conversation = offers.accept(offer, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return _told(str(refused))
    customer_id = conversation.customer_id
    db.commit()
    return answers.go(f"/customers/{customer_id}?compose=1")


@bp.post("/offers/<int:offer_id>/refusal")
@guards.may(Role.AGENT)
def decline(offer_id: int) -> AnyResponse:
    """Send the request on to another agent."""
    offers.decline(_offer(offer_id), guards.me(), utc.now())
    db.commit()
    return _shown()


@bp.post("/conversations/<int:conversation_id>/dismissal")
@guards.may(Role.AGENT)
def dismiss(conversation_id: int) -> AnyResponse:
    """Put the news of one's own customer away, in all tabs; the green dot stays."""
    conversation = db.session().get(Conversation, conversation_id) or abort(404)
    if conversation.agent_id == guards.me().id:
        conversation.knocked_at = None
        bell.ring(f"desk:{guards.me().id}")
        db.commit()
    return _shown()


def _offer(offer_id: int) -> Offer:
    """Return an offer that was made to whoever asks; others' do not exist for them."""
    offer = db.session().get(Offer, offer_id)
    return offer if offer is not None and offer.agent_id == guards.me().id else abort(404)


def _shown() -> AnyResponse:
    return make_response(_fragment()) if answers.is_fragment() else answers.go(answers.came_from())


def _told(sentence: str) -> AnyResponse:
    if answers.is_fragment():
        return make_response(_fragment(sentence), 422)
    return answers.refuse(sentence)


def _fragment(told: str = "") -> str:
    open_id = request.values.get("open", type=int)
    return render_template("desk/_banner.html", banner=frame.banner(guards.me(), open_id), told=told)
