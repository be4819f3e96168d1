"""Answering from the composer: by direct message, below a comment, privately to a comment, or by a note."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, make_response, render_template, request

from igapp import db, utc
from igapp.desk import comments, drafts, notes, profiles, replies
from igapp.desk.refusal import Refused
from igapp.desk.staleness import MovedOn
from igapp.models import Customer, Item, Role, User
from igapp.web import answers, composer, filters, guards, lanes, profile, timeline, uploads
from igapp.web.answers import AnyResponse
from igapp.web.composer import Written
from igapp.web.lanes import Lane, LaneKind

bp = Blueprint("sending", __name__)


@bp.post("/customers/<int:customer_id>/replies")
@guards.may(Role.AGENT)
def send(customer_id: int) -> AnyResponse:
    """Answer in the chosen lane; the response carries the new item."""
    customer, written, now = profile.load(customer_id), composer.written(), utc.now()
    lane = _lane(customer, now)
    try:
        said = _SAY[lane.kind](customer, lane, guards.me(), written, now)
    except Refused as refused:
        db.db.session.rollback()
        customer = profile.load(customer_id)
        return composer.refused(customer, _lane(customer, now), written, str(refused), isinstance(refused, MovedOn))
    drafts.save(guards.me().id, customer, lane.key, "", now)
    db.commit_and_show()
    if not answers.is_fragment() or _is_thread_old():
        return answers.go(f"/customers/{customer_id}?compose=1")
    return make_response(_sent(customer, lane, said))


def _message(customer: Customer, lane: Lane, user: User, written: Written, now: datetime) -> list[Item]:
    images = uploads.take(customer, user, lane.key, now)
    words = replies.Words(written.text, written.once, written.seen)
    return replies.reply_with(customer, user, words, images, now, lane.identity)


def _public_reply(_customer: Customer, lane: Lane, user: User, written: Written, now: datetime) -> list[Item]:
    return [comments.reply_publicly(_comment(lane), user, written.text, written.once, now, written.seen)]


def _private_reply(_customer: Customer, lane: Lane, user: User, written: Written, now: datetime) -> list[Item]:
    return [comments.reply_privately(_comment(lane), user, written.text, written.once, now, written.seen)]


def _note(customer: Customer, _lane: Lane, user: User, written: Written, now: datetime) -> list[Item]:
    return [notes.write(customer, user, written.text, written.once, now)]


def _comment(lane: Lane) -> Item:
    if lane.item is None:
        raise Refused("There is no such comment any more.")
    return lane.item


def _lane(customer: Customer, now: datetime) -> Lane:
    """The lane that the form names, else the one that a page opens with."""
    named = lanes.parsed(customer, request.form.get("lane"), now)
    return named or lanes.first(customer, profiles.newest_conversation(customer), now)


def _is_thread_old() -> bool:
    """Whether the page shows older messages alone, so that what was said has no place on it."""
    return "before" in parse_qs(urlsplit(answers.came_from()).query)


def _sent(customer: Customer, lane: Lane, items: list[Item]) -> str:
    """An empty composer, in the same lane where that goes on, and what was just said, for the end of the thread."""
    said = timeline.said(customer, items, guards.me().id, filters.now())
    wanted = lane.key if lane.kind == LaneKind.DM and lane.identity else None
    new = composer.of(customer, wanted, is_focused=True)
    return render_template("composer/sent.html", composer=new, said=said)


_SAY: dict[LaneKind, Callable[[Customer, Lane, User, Written, datetime], list[Item]]] = {
    LaneKind.DM: _message,
    LaneKind.COMMENT: _public_reply,
    LaneKind.PRIVATE: _private_reply,
    LaneKind.NOTE: _note,
}
