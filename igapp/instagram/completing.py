"""Events that say too little are completed from the Graph API, and then applied like any other (SPEC 2.4, 10.1)."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from igapp import db, utc
from igapp.instagram import commenting, errors, events, graph, interpreter, lanes, threads, tokens
from igapp.instagram import contents as say
from igapp.instagram.events import WireEvent
from igapp.instagram.interpreter import Case
from igapp.instagram.lanes import Row
from igapp.instagram.tokens import Token
from igapp.instagram.verdict import Verdict, failed, ignored, postponed

log = logging.getLogger(__name__)

TRIES = 4
"""So often transient trouble is tried again; a comment is then shown with what is known of it."""


@dataclass(frozen=True)
class Question:
    """What is fetched, taken out of the database before the call."""

    event: WireEvent
    token: Token | None
    own_ids: frozenset[str]
    attempts: int


def complete(event_id: int, now: datetime) -> None:
    """Fetch what an event lacks and apply it; settled by somebody else meanwhile, it stays as it is."""
    question = _question(event_id)
    db.session().rollback()
    if question is None:
        return
    try:
        found, failure = _fetch(question), None
    except errors.CallFailed as error:
        found, failure = question.event, error
        log.info("event_not_completed event=%d error=%s code=%s", event_id, type(error).__name__, error.code)
    row = lanes.hold(event_id)
    if row is not None:
        lanes.settle(row, _judge(question, row, found, failure, now), now)
    if failure is not None and question.token is not None:
        tokens.note_refusal(question.token, failure, now)
    db.commit()


def _question(event_id: int) -> Question | None:
    row = lanes.look(event_id)
    if row is None:
        return None
    event = events.parse(row.body)[0]
    account = interpreter.accounts([event]).get(event.account_id)
    token = tokens.of(account) if account and account.may_send else None
    return Question(event, token, frozenset(account.platform_ids if account else ()), row.attempts)


def _fetch(question: Question) -> WireEvent:
    event, content = question.event, question.event.content
    if question.token is None:
        raise errors.TokenRefused
    if isinstance(content, say.Comment) and content.comment_id:
        comment = commenting.fetch(question.token, content.comment_id)
        whole = commenting.merged(content, comment)
        return replace(event, content=whole, sender_id=whole.author_id, at=event.at or comment.at)
    if isinstance(content, say.Edit) and content.mid:
        message = threads.message(graph.client(), question.token, content.mid)
        return replace(
            event,
            content=replace(message.message, mid=content.mid),
            sender_id=message.from_id,
            recipient_id=message.to_id,
            at=event.at or message.at,
            is_echo=message.from_id in question.own_ids,
        )
    return event


def _judge(question: Question, row: Row, found: WireEvent, failure: errors.CallFailed | None, now: datetime) -> Verdict:
    is_comment = isinstance(question.event.content, say.Comment)
    if failure is not None and not failure.permanent and question.attempts < TRIES:
        pause = lanes.PAUSES[min(question.attempts, len(lanes.PAUSES) - 1)]
        return postponed(failure.sentence, now + utc.seconds(pause))
    if failure is not None and not is_comment:
        return (
            ignored(f"Its message cannot be fetched: {failure.sentence}")
            if failure.permanent
            else failed(failure.sentence)
        )
    account = interpreter.accounts([found]).get(found.account_id)
    case = Case(found, found.at or row.at, row.received_at, now, is_complete=True)
    return interpreter.interpret(case, account)
