"""What becomes of a message on a closed conversation (SPEC 7.4)."""

from datetime import datetime

import pytest

from igapp import utc
from igapp.desk import closing, settings, topics
from igapp.models import Account, Conversation, Identity, Status, User
from tests.desk.acts import done, events, held
from tests.factories import comment, conversation_of, make_identity, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """A customer whose conversation Bo has closed."""
    ana = make_identity(account)
    write(ana, now=now)
    done(closing.close(held(ana, bo, now), bo, now))
    return ana


def test_a_message_within_the_window_reopens_it(ana: Identity, now: datetime) -> None:
    before = conversation_of(ana).id
    write(ana, "Hello again", now=now + utc.hours(23))
    found = conversation_of(ana)
    assert (found.id, found.status, found.agent_id) == (before, Status.NEW, None)
    assert "Reopened" in events(ana)


def test_a_comment_reopens_it_too(ana: Identity) -> None:
    before = conversation_of(ana).id
    comment(ana)
    assert conversation_of(ana).id == before


def test_after_the_window_a_new_one_is_opened(ana: Identity, now: datetime) -> None:
    before = conversation_of(ana).id
    write(ana, "Hello again", now=now + utc.hours(24))
    assert conversation_of(ana).id != before


def test_with_the_window_at_0_nothing_is_reopened(ana: Identity, ada: User, now: datetime) -> None:
    before = conversation_of(ana).id
    done(settings.change(ada, now, reopen_hours=0))
    write(ana, "Hello again", now=now + utc.seconds(1))
    assert conversation_of(ana).id != before


def test_its_topics_are_kept(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    conversation = held(ana, bo, now)
    topic = topics.create("Returns", None, bo, now)
    topics.add(conversation, topic, bo, now)
    done(closing.close(conversation, bo, now))
    write(ana, "Hello again", now=now + utc.hours(1))
    assert topics.of([conversation.id]) == {conversation.id: [topic]}


def test_the_last_one_closed_is_reopened(ana: Identity, bo: User, now: datetime) -> None:
    first, later = conversation_of(ana).id, now + utc.hours(30)
    write(ana, "Second matter", now=later)
    second: Conversation = conversation_of(ana)
    done(closing.close(second, bo, later))
    write(ana, "Second matter again", now=later + utc.minutes(1))
    assert conversation_of(ana).id == second.id != first


def test_a_customer_has_one_open_conversation(ana: Identity, now: datetime) -> None:
    write(ana, "Hello again", now=now + utc.hours(1))
    write(ana, "And again", now=now + utc.hours(1))
    comment(ana)
    assert len(conversation_of(ana).open_sessions) == 2
