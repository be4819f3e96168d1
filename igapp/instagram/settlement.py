"""Finds out what became of a send whose answer was lost: by reading the thread or the comment's replies (S3)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import sends
from igapp.instagram import errors, graph, nodes, threads, tokens
from igapp.instagram import tolerant as read
from igapp.instagram.graph import Graph, node
from igapp.instagram.tokens import Token
from igapp.models import Item, ItemKind, Send, SendKind, SendState

log = logging.getLogger(__name__)

PAUSES = (3, 7, 15, 25)
"""Seconds between one look and the next, inside the minute that a send is checked."""
REPEAT_AFTER_SECONDS = 20
"""A private reply that is not found by then is called for again: Meta takes only one for each comment."""
TAKEN = "100/2534025"
"""What Meta says of a comment that has had its private reply (CONTRACT: what counts as sent)."""
SKEW_SECONDS = 5
"""The platform's times are exact to the second, and its clock is not ours."""


@dataclass(frozen=True)
class Question:
    """What is looked for, taken out of the database before the call."""

    kind: SendKind
    token: Token
    """Empty: nothing can be asked."""
    own_ids: frozenset[str]
    igsid: str
    text: str | None
    comment_id: str | None
    since: datetime


def settle(send_id: int) -> None:
    """Look once for a send in Checking; found, it is Sent; after a minute the agent decides."""
    question = _question(send_id)
    db.session().rollback()
    if question is None:
        return
    found = _look(graph.client(), question)
    send = sends.load(send_id)
    platform_id = _unknown_to_us(send, found) if send else None
    db.session().rollback()
    is_there = platform_id is not None
    if not is_there and _may_repeat(question):
        is_there, platform_id = _repeat(graph.client(), question)
    send = sends.load(send_id)
    if send is not None and send.state == SendState.CHECKING and send.next_try_at is not None:
        _settle(send, platform_id, utc.now(), is_there=is_there)
    db.commit()


def _question(send_id: int) -> Question | None:
    send = sends.load(send_id)
    if send is None or send.state != SendState.CHECKING or send.next_try_at is None:
        return None
    token = tokens.of(send.account)
    return Question(
        kind=send.kind,
        token=token or Token(),
        own_ids=frozenset(send.account.platform_ids),
        igsid=send.identity.igsid,
        text=send.text,
        comment_id=send.comment_id,
        since=(send.called_at or send.queued_at) - utc.seconds(SKEW_SECONDS),
    )


def _may_repeat(question: Question) -> bool:
    is_old = utc.now() - question.since > utc.seconds(REPEAT_AFTER_SECONDS + SKEW_SECONDS)
    return question.kind == SendKind.PRIVATE_REPLY and is_old and bool(question.token)


def _repeat(client: Graph, question: Question) -> tuple[bool, str | None]:
    """Call for a private reply again; returns whether Meta has it, by this call or the lost one, and its id."""
    body = {"recipient": {"comment_id": question.comment_id}, "message": {"text": question.text}}
    try:
        answer = client.post(question.token, "me/messages", body)
    except errors.CallFailed as error:
        if error.code == TAKEN:
            return True, None
        log.warning("private_reply_not_repeated error=%s code=%s", type(error).__name__, error.code)
        _note_refusal(question, error)
        return False, None
    return True, read.identifier(answer.body.get("message_id"))


def _settle(send: Send, platform_id: str | None, now: datetime, *, is_there: bool) -> None:
    began = send.called_at or send.queued_at
    elapsed = (now - began).total_seconds()
    if is_there:
        log.info("send_found send=%d", send.id)
        sends.record_sent(send, platform_id, now)
    elif elapsed >= sends.CHECKING_SECONDS:
        sends.give_up_checking(send, now)
    else:
        upcoming = [at for at in _looks(began) if at > now]
        sends.check_again(send, upcoming[0] if upcoming else began + utc.seconds(sends.CHECKING_SECONDS))


def _looks(began: datetime) -> list[datetime]:
    return [began + utc.seconds(sum(PAUSES[: count + 1])) for count in range(len(PAUSES))]


def _look(client: Graph, question: Question) -> Sequence[str]:
    """Return the ids at the platform that may be the send, oldest first; none where it cannot be read."""
    if not question.token:
        return ()
    try:
        if question.kind == SendKind.COMMENT_REPLY:
            return _replies(client, question)
        return _messages(client, question)
    except errors.CallFailed as error:
        log.warning("thread_not_read kind=%s error=%s code=%s", question.kind, type(error).__name__, error.code)
        _note_refusal(question, error)
        return ()


def _note_refusal(question: Question, error: errors.CallFailed) -> None:
    tokens.note_refusal(question.token, error, utc.now())
    db.commit()


def _messages(client: Graph, question: Question) -> Sequence[str]:
    found = threads.with_person(client, question.token, question.igsid)
    late = [one for one in found if one.at is not None and one.at >= question.since]
    whole = [threads.in_full(client, question.token, one) for one in late]
    ours = [one for one in whole if one.from_id in question.own_ids]
    if question.kind == SendKind.IMAGE:
        same = [one for one in ours if any(attachment.kind == "image" for attachment in one.message.attachments)]
    else:
        same = [one for one in ours if one.message.text == question.text]
    return [one.message.mid for one in same if one.message.mid]


def _replies(client: Graph, question: Question) -> Sequence[str]:
    fields = "id,text,timestamp,username,from"
    answer = client.get(question.token, f"{node(question.comment_id)}/replies", fields=fields, limit=50)
    read_back = [nodes.comment(row) for row in answer.rows()]
    found = [one for one in read_back if one.comment.author_id is None or one.comment.author_id in question.own_ids]
    return [
        one.comment.comment_id
        for one in found
        if one.comment.comment_id and one.comment.text == question.text and one.at and one.at >= question.since
    ]


def _unknown_to_us(send: Send, candidates: Sequence[str]) -> str | None:
    """Return the first that belongs to no other send or item of ours (an echo's may give way to it)."""
    sent = sa.select(Send.platform_id).where(Send.account_id == send.account_id, Send.platform_id.in_(candidates))
    shown = sa.select(Item.platform_id).where(
        Item.account_id == send.account_id, Item.platform_id.in_(candidates), Item.kind != ItemKind.ECHO
    )
    known = set(db.session().scalars(sent.union(shown))) if candidates else set()
    return next((one for one in candidates if one not in known), None)
