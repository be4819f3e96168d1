"""Ending a customer's matter: Close, Close & Next, No Reply Needed; and deciding about failed sends."""

from flask import Blueprint, abort, make_response, render_template, request

from igapp import db, utc
from igapp.desk import closing, conversations, profiles, sends
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Role, Send
from igapp.web import answers, availability, guards, profile
from igapp.web.answers import AnyResponse

bp = Blueprint("conversation", __name__)


@bp.post("/conversations/<int:conversation_id>/closing")
@guards.may(Role.AGENT)
def close(conversation_id: int) -> AnyResponse:
    """Close it; while a message is unanswered only when that was meant."""
    conversation = conversations.lock(_conversation(conversation_id))  # what arrives just now is asked about
    if conversation.needs_attention and "is_sure" not in request.form:
        return _ask(conversation)
    try:
        closing.close(conversation, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused))
    if request.form.get("then") == "next":
        return availability.go_to_next(guards.me(), is_mine_first=True)
    return _done(conversation)


@bp.post("/conversations/<int:conversation_id>/no-reply-needed")
@guards.may(Role.AGENT)
def skip(conversation_id: int) -> AnyResponse:
    """Nothing needs to be said: the due time goes, the session ends."""
    conversation = _conversation(conversation_id)
    session = profiles.session_of(conversation, request.form.get("session", type=int))
    try:
        closing.no_reply_needed(conversation, guards.me(), utc.now(), session)
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused))
    return _done(conversation)


@bp.post("/conversations/<int:conversation_id>/no-reply-needed/undo")
@guards.may(Role.AGENT)
def undo_skip(conversation_id: int) -> AnyResponse:
    """Take No Reply Needed back, within 10 s."""
    conversation = _conversation(conversation_id)
    try:
        closing.undo_no_reply_needed(conversation, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused))
    return _done(conversation)


@bp.post("/sends/<int:send_id>/retry")
@guards.may(Role.AGENT)
def retry(send_id: int) -> AnyResponse:
    """Call Instagram once more for what failed."""
    send = _send(send_id)
    sends.retry(send, utc.now())
    return _decided(send)


@bp.post("/sends/<int:send_id>/discarding")
@guards.may(Role.AGENT)
def discard(send_id: int) -> AnyResponse:
    """Give up what failed or waits."""
    send = _send(send_id)
    sends.discard(send, utc.now())
    return _decided(send)


def _conversation(conversation_id: int) -> Conversation:
    return db.session().get(Conversation, conversation_id) or abort(404)


def _send(send_id: int) -> Send:
    return db.session().get(Send, send_id) or abort(404)


def _ask(conversation: Conversation) -> AnyResponse:
    """Only reached without JavaScript, or when a message came while the button was pressed."""
    if answers.is_fragment():
        return answers.refuse(f"{conversation.customer.display_name} wrote meanwhile. Read it, then close.")
    then = request.form.get("then", "")
    return make_response(render_template("customers/close.html", conversation=conversation, then=then), 422)


def _done(conversation: Conversation) -> AnyResponse:
    customer_id = conversation.customer_id
    db.commit()
    if not answers.is_fragment():
        return answers.go(f"/customers/{customer_id}")
    return make_response(profile.head(profile.load(customer_id)))


def _decided(send: Send) -> AnyResponse:
    """The item is fetched again by the ring; without JavaScript the page is."""
    customer_id = send.item.customer_id if send.item else send.identity.customer_id
    db.commit()
    return make_response("", 204) if answers.is_fragment() else answers.go(f"/customers/{customer_id}")
