"""Delivers sends: claim, commit, call, record, commit. An unknown end is looked for, never called again (S1, S3)."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from igapp import db, passes, utc
from igapp.desk import comments, connections, customers, sends, windows
from igapp.desk.windows import Window
from igapp.instagram import errors, graph, tokens
from igapp.instagram import tolerant as read
from igapp.instagram.graph import Answer, Graph, node
from igapp.instagram.tokens import Token
from igapp.models import Send, SendKind, SendState

log = logging.getLogger(__name__)

PAUSES = (2, 5, 15, 60, 300)
"""Seconds until what surely was not sent is tried again; the last one repeats."""
GIVE_UP_TRIES = 20
"""So often transient trouble is tried again before the agent is asked."""
GIVEN_UP = f"Instagram did not confirm it in {GIVE_UP_TRIES} tries. Try again later."
THROTTLED_MINUTES = (1, 2, 4, 8, 15)
"""How long an account rests where Meta does not say (META 10)."""
RECORD_TRIES = 3
"""How often the outcome of a call is written down again after a deadlock."""
PICTURE_HOURS = 2
"""How long Meta may fetch a picture that was sent."""
IDEMPOTENT = (SendKind.LIKE, SendKind.UNLIKE, SendKind.HIDE, SendKind.DELETE)
"""Repeating these does no harm, so an unknown end is simply tried again."""
WINDOWED = (SendKind.MESSAGE, SendKind.IMAGE)
UNCLAIMED = (SendState.QUEUED, SendState.WAITING)


@dataclass(frozen=True)
class Order:
    """All that a call needs, taken out of the database before the call."""

    send_id: int
    account_id: int
    kind: SendKind
    token: Token
    igsid: str
    text: str | None
    comment_id: str | None
    target_id: str | None
    url: str | None
    needs_tag: bool
    attempts: int


def deliver(send_id: int) -> None:
    """Make the one call of a send whose turn it is, and record what came of it."""
    order = _claim(send_id, utc.now())
    if order is None:
        return
    try:
        answer = _CALLS[order.kind](graph.client(), order)
    except errors.CallFailed as error:
        failure = error
        log.warning(
            "send_failed send=%d kind=%s error=%s code=%s", send_id, order.kind, type(error).__name__, error.code
        )
        _recorded(send_id, lambda send, now: _record_failure(send, order, failure, now))
    else:
        log.info("send_accepted send=%d kind=%s", send_id, order.kind)
        _recorded(send_id, lambda send, now: _record_success(send, answer, now))


def _claim(send_id: int, now: datetime) -> Order | None:
    """Take the send, if it is its turn and may go; what the call needs leaves the database here."""
    send = sends.load(send_id)
    held = sends.hold_reason(send, now) if send and send.state in UNCLAIMED else None
    if send is not None and held is not None:
        sends.hold(send, *held, now)
        db.commit()
        return None
    claimed = sends.claim(send_id, secrets.token_hex(8), now)
    order = _order(claimed, now) if claimed else None
    db.commit()
    return order


def _order(send: Send, now: datetime) -> Order | None:
    """Say what to call; None where it is settled without a call."""
    token = tokens.of(send.account)
    if token is None:
        connections.refuse(send.account, connections.UNREADABLE, now)
        sends.record_waiting(send, f"Waiting: @{send.account.username} must be reconnected.", now, now)
        return None
    window = windows.window(send.identity, now)
    closed = _closed(send, window, now)
    if closed is not None:
        sends.record_refused(send, closed, None, now)
        return None
    return Order(
        send_id=send.id,
        account_id=send.account_id,
        kind=send.kind,
        token=token,
        igsid=send.identity.igsid,
        text=send.text,
        comment_id=send.comment_id,
        target_id=send.target.platform_id if send.target else None,
        url=_picture(send, now),
        needs_tag=window.needs_tag,
        attempts=send.attempts,
    )


def _closed(send: Send, window: Window, now: datetime) -> str | None:
    """Say why Meta would not take it any more, or None: it may have waited for long (S4)."""
    if send.kind == SendKind.PRIVATE_REPLY and send.target is not None:
        return comments.too_late(send.target, now)
    if send.kind in WINDOWED and (not window.is_open or (window.needs_tag and send.author_id is None)):
        return window.reason or errors.WindowClosed.sentence
    return None


def _picture(send: Send, now: datetime) -> str | None:
    """Where Meta fetches the picture that is sent, for as long as it may take."""
    attached = send.item.attachments if send.kind == SendKind.IMAGE and send.item else []
    until = now + utc.hours(PICTURE_HOURS)
    found = (passes.picture_url(one.storage_key, one.content_type, until) for one in attached if one.storage_key)
    return next(found, None)


def _recorded(send_id: int, record: Callable[[Send, datetime], None]) -> None:
    """Record and commit; what others got in the way of is tried again, since a call is not made twice for it."""
    for left in reversed(range(RECORD_TRIES)):
        try:
            send = sends.load(send_id)
            if send is not None:
                record(send, utc.now())
            db.commit()
            return
        except (DBAPIError, db.Conflict):
            db.session().rollback()
            if not left:
                raise


def _record_success(send: Send, answer: Answer | None, now: datetime) -> None:
    if answer is not None and answer.usage is not None:
        connections.note_usage(send.account, answer.usage.percent, now)
    body = answer.body if answer else {}
    if send.kind == SendKind.PRIVATE_REPLY:
        customers.learn_alias(send.identity, read.identifier(body.get("recipient_id")))
    platform_id = read.identifier(body.get("id" if send.kind == SendKind.COMMENT_REPLY else "message_id"))
    if send.is_message and platform_id is None:
        sends.record_unknown(send, now)
    else:
        sends.record_sent(send, platform_id, now)


def _record_failure(send: Send, order: Order, error: errors.CallFailed, now: datetime) -> None:
    _note_account(send, order, error, now)
    if error.is_unknown and send.kind not in IDEMPOTENT:
        sends.record_unknown(send, now)
    elif error.permanent:
        sends.record_refused(send, error.sentence, error.code, now)
    elif order.attempts >= GIVE_UP_TRIES and not isinstance(error, errors.TokenRefused):
        sends.record_refused(send, GIVEN_UP, error.code, now)
    else:
        sends.record_waiting(send, *_wait(send, order, error, now), now)


def _wait(send: Send, order: Order, error: errors.CallFailed, now: datetime) -> tuple[str, datetime]:
    held = sends.hold_reason(send, now)
    if held is not None:
        return held
    pause = PAUSES[min(order.attempts, len(PAUSES)) - 1]
    return f"Waiting: {error.sentence}", now + utc.seconds(pause)


def _note_account(send: Send, order: Order, error: errors.CallFailed, now: datetime) -> None:
    """What an error says about the whole account: to be connected again, or to rest."""
    tokens.note_refusal(order.token, error, now)
    if isinstance(error, errors.Throttled):
        regain = error.usage.regain_minutes if error.usage else 0
        guess = THROTTLED_MINUTES[min(order.attempts, len(THROTTLED_MINUTES)) - 1]
        connections.rest(send.account, now + utc.minutes(regain or guess))


def _message(client: Graph, order: Order) -> Answer:
    body = {"recipient": {"id": order.igsid}, "message": {"text": order.text}, **_tag(order)}
    return client.post(order.token, "me/messages", body)


def _image(client: Graph, order: Order) -> Answer:
    attachment = {"type": "image", "payload": {"url": order.url}}
    body = {"recipient": {"id": order.igsid}, "message": {"attachment": attachment}, **_tag(order)}
    return client.post(order.token, "me/messages", body)


def _private_reply(client: Graph, order: Order) -> Answer:
    body = {"recipient": {"comment_id": order.comment_id}, "message": {"text": order.text}}
    return client.post(order.token, "me/messages", body)


def _comment_reply(client: Graph, order: Order) -> Answer:
    return client.post(order.token, f"{node(order.comment_id)}/replies", {"message": order.text})


def _like(client: Graph, order: Order) -> Answer:
    return _react(client, order, "react", {"message_id": order.target_id, "reaction": "love"})


def _unlike(client: Graph, order: Order) -> Answer:
    return _react(client, order, "unreact", {"message_id": order.target_id})


def _react(client: Graph, order: Order, action: str, payload: dict[str, Any]) -> Answer:
    body = {"recipient": {"id": order.igsid}, "sender_action": action, "payload": payload}
    return client.post(order.token, "me/messages", body)


def _hide(client: Graph, order: Order) -> Answer:
    return client.post(order.token, node(order.comment_id), hide="true")


def _delete(client: Graph, order: Order) -> Answer | None:
    """Delete a comment; one that is gone already is deleted."""
    try:
        return client.delete(order.token, node(order.comment_id))
    except errors.Gone:
        return None


def _tag(order: Order) -> dict[str, str]:
    """Only between 24 h and 7 days, and only for what a person wrote (S4)."""
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if order.needs_tag else {}


_CALLS: dict[SendKind, Callable[[Graph, Order], Answer | None]] = {
    SendKind.MESSAGE: _message,
    SendKind.IMAGE: _image,
    SendKind.PRIVATE_REPLY: _private_reply,
    SendKind.COMMENT_REPLY: _comment_reply,
    SendKind.LIKE: _like,
    SendKind.UNLIKE: _unlike,
    SendKind.HIDE: _hide,
    SendKind.DELETE: _delete,
}
