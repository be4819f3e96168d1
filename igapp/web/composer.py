"""The composer: to whom and how an answer goes, what remains of the window, and sending it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request

from igapp import db, utc
from igapp.desk import replies, windows
from igapp.desk.refusal import Refused
from igapp.models import Customer, Identity, Role
from igapp.web import answers, filters, guards, profile, timeline
from igapp.web.answers import AnyResponse

bp = Blueprint("composer", __name__)

KEY_BYTES = 16
"""Of an idempotency key: a double click or a repeated request sends once (S11)."""


@dataclass(frozen=True)
class Composer:
    """Everything that one rendering of the composer shows."""

    customer: Customer
    lanes: Sequence[Identity]
    identity: Identity | None
    remaining: str | None
    reason: str | None
    key: str
    text: str = ""
    problem: str = ""
    is_focused: bool = False
    limit: int = replies.LIMIT


def of(customer: Customer, is_focused: bool = False) -> Composer:
    """Return an empty composer for the customer."""
    return _composer(customer, replies.writable_identity(customer), secrets.token_urlsafe(KEY_BYTES), is_focused)


@bp.get("/customers/<int:customer_id>/composer")
@guards.may(Role.AGENT)
def show(customer_id: int) -> str:
    """The composer as it is now; what is being written stays in the page."""
    return render_template("composer/_composer.html", composer=of(profile.load(customer_id)))


@bp.post("/customers/<int:customer_id>/replies")
@guards.may(Role.AGENT)
def send(customer_id: int) -> AnyResponse:
    """Answer by direct message; the answer carries the new item."""
    customer = profile.load(customer_id)
    identity = _chosen(customer)
    try:
        replies.reply(customer, guards.me(), request.form.get("text", ""), _key(), utc.now(), identity)
    except Refused as refused:
        db.db.session.rollback()
        return _refused(profile.load(customer_id), str(refused))
    db.commit()
    db.start_reading()
    if not answers.is_fragment():
        return answers.go(f"/customers/{customer_id}?compose=1")
    return make_response(_sent(profile.load(customer_id)))


def _sent(customer: Customer) -> str:
    since = timeline.parsed(request.form.get("since"))
    segment = timeline.again(customer, since, None, guards.me().id, filters.now())
    return render_template("composer/sent.html", composer=of(customer, is_focused=True), segment=segment)


def _refused(customer: Customer, problem: str) -> AnyResponse:
    """Say why beside the text, which stays; without JavaScript the whole page comes again with it."""
    composer = _composer(customer, _chosen(customer), _key(), True, request.form.get("text", ""), problem)
    if answers.is_fragment():
        return make_response(render_template("composer/_composer.html", composer=composer), 422)
    return make_response(profile.page(customer, composer), 422)


def _composer(
    customer: Customer, identity: Identity | None, key: str, is_focused: bool, text: str = "", problem: str = ""
) -> Composer:
    now = filters.now()
    window = windows.window(identity, now)
    return Composer(
        customer=customer,
        lanes=[one for one in customer.identities if one.window_opened_at is not None],
        identity=identity,
        remaining=windows.remaining(window, now),
        reason=window.reason,
        key=key,
        text=text,
        problem=problem,
        is_focused=is_focused,
    )


def _chosen(customer: Customer) -> Identity | None:
    wanted = request.form.get("identity", type=int)
    return next((one for one in customer.identities if one.id == wanted), None) or replies.writable_identity(customer)


def _key() -> str:
    return request.form.get("key", "")[:64] or secrets.token_urlsafe(KEY_BYTES)
