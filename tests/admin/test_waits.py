"""What reports are made of is written down when it happens."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import arrivals, closing, conversations, replies, sends, sessions
from igapp.models import Identity, ItemKind, User, Wait, WaitOutcome
from tests.factories import conversation_of, make_account, make_agent, make_identity, write

NOW = utc.now().replace(microsecond=0)


def waits() -> list[Wait]:
    return list(db.session().scalars(sa.select(Wait).order_by(Wait.id)))


def held(name: str = "Bo") -> tuple[User, Identity]:
    """An agent who holds a customer who wrote just now."""
    bo, ana = make_agent(name, NOW), make_identity(make_account())
    write(ana, now=NOW)
    conversations.assign(conversation_of(ana), bo, NOW)
    db.commit()
    return bo, ana


def sent(ana: Identity, bo: User, key: str, at: datetime) -> None:
    """The agent answers, and Instagram takes it."""
    replies.reply(ana.customer, bo, "Hello", key, at)
    send = sends.by_key(key)
    assert send is not None
    assert sends.claim(send.id, "worker", at)
    sends.record_sent(send, f"m-{key}", at)


def test_an_answer_ends_a_wait(db_session: Session) -> None:
    bo, ana = held()
    sent(ana, bo, "one", NOW + utc.minutes(5))
    [wait] = waits()
    assert (wait.began_at, wait.ended_at) == (NOW, NOW + utc.minutes(5))
    assert wait.due_at == NOW + utc.minutes(60)
    assert (wait.outcome, wait.agent_id, wait.is_first) == (WaitOutcome.ANSWERED, bo.id, True)


def test_the_second_answer_is_not_a_first_one(db_session: Session) -> None:
    bo, ana = held()
    sent(ana, bo, "one", NOW + utc.minutes(1))
    write(ana, now=NOW + utc.minutes(2))
    sent(ana, bo, "two", NOW + utc.minutes(3))
    assert [wait.is_first for wait in waits()] == [True, False]


def test_several_messages_are_one_wait(db_session: Session) -> None:
    bo, ana = held()
    write(ana, "And another thing", now=NOW + utc.minutes(1))
    sent(ana, bo, "one", NOW + utc.minutes(2))
    assert len(waits()) == 1


def test_a_message_that_nobody_answered_yet_is_no_wait(db_session: Session) -> None:
    held()
    assert waits() == []


def test_an_answer_from_the_app_is_nobodys_here(db_session: Session) -> None:
    _, ana = held()
    at = NOW + utc.minutes(4)
    echo = arrivals.Arrival(kind=ItemKind.ECHO, platform_id="e-1", at=at, text="From the phone")
    arrivals.receive_echo(ana, echo, NOW + utc.minutes(9))
    [wait] = waits()
    assert (wait.outcome, wait.agent_id, wait.ended_at) == (WaitOutcome.ECHO, None, at)


def test_no_reply_needed_cancels_a_wait_until_undone(db_session: Session) -> None:
    bo, ana = held()
    conversation = conversation_of(ana)
    closing.no_reply_needed(conversation, bo, NOW + utc.minutes(1))
    assert [wait.outcome for wait in waits()] == [WaitOutcome.CANCELLED]
    closing.undo_no_reply_needed(conversation, bo, NOW + utc.minutes(1) + utc.seconds(5))
    assert waits() == []


def test_closing_cancels_a_wait_of_whoever_held_it(db_session: Session) -> None:
    bo, ana = held()
    closing.close(conversation_of(ana), bo, NOW + utc.minutes(90))
    [wait] = waits()
    assert (wait.outcome, wait.agent_id) == (WaitOutcome.CANCELLED, bo.id)
    assert wait.ended_at > wait.due_at


def test_an_unsent_message_ends_its_wait(db_session: Session) -> None:
    _, ana = held()
    item = write(ana, now=NOW + utc.minutes(1))
    first = sessions.open_dm(conversation_of(ana), ana)
    assert first is not None
    assert item.platform_id
    arrivals.receive_unsend(ana, item.platform_id, NOW + utc.minutes(2), NOW + utc.minutes(2))
    assert waits() == []
