"""What agents do to one item: like it, take the like back, hide or delete a comment."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, make_response

from igapp import db, utc
from igapp.desk import comments, likes
from igapp.desk.refusal import Refused
from igapp.models import Item, Role, Send, User
from igapp.web import answers, guards
from igapp.web.answers import AnyResponse
from igapp.web.settings.sure import asked

bp = Blueprint("items", __name__, url_prefix="/items/<int:item_id>")

HIDING = "It is hidden from everyone but its author. It cannot be answered or shown again from here."
DELETING = "It goes from Instagram for good, with the replies below it. It stays here, marked as deleted."


@bp.post("/like")
@guards.may(Role.AGENT)
def like(item_id: int) -> AnyResponse:
    """Send a ❤️."""
    return _act(_item(item_id), likes.like)


@bp.post("/like/removal")
@guards.may(Role.AGENT)
def unlike(item_id: int) -> AnyResponse:
    """Take the ❤️ back."""
    return _act(_item(item_id), likes.unlike)


@bp.post("/hiding")
@guards.may(Role.AGENT)
def hide(item_id: int) -> AnyResponse:
    """Hide a comment, once that was confirmed."""
    item = _item(item_id)
    return asked("Hide this comment?", HIDING, "Hide", _profile(item)) or _act(item, comments.hide)


@bp.post("/deletion")
@guards.may(Role.AGENT)
def delete(item_id: int) -> AnyResponse:
    """Delete a comment from Instagram, once that was confirmed."""
    item = _item(item_id)
    return asked("Delete this comment?", DELETING, "Delete", _profile(item)) or _act(item, comments.delete)


def _act(item: Item, verb: Callable[[Item, User, datetime], Send]) -> AnyResponse:
    """What comes of it is fetched by the ring; without JavaScript the page is."""
    profile = _profile(item)
    try:
        verb(item, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused), profile)
    db.commit()
    return make_response("", 204) if answers.is_fragment() else answers.go(profile)


def _item(item_id: int) -> Item:
    return db.session().get(Item, item_id) or abort(404)


def _profile(item: Item) -> str:
    return f"/customers/{item.customer_id}"
