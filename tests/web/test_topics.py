"""Topics of a conversation: added by typing, taken off, and needed before closing where that is set."""

from collections.abc import Callable
from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import closing, conversations, settings, topics
from igapp.models import Conversation, Identity, Topic, User
from tests.factories import conversation_of, make_account, make_agent, make_identity, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(bo: User, now: datetime) -> Identity:
    """Ana, whom Bo answers."""
    identity = make_identity(make_account(), "Ana")
    write(identity, now=now)
    conversations.assign(conversation_of(identity), bo, now)
    return identity


@pytest.fixture
def exchange(bo: User, now: datetime) -> Topic:
    """Returns › Exchange."""
    return topics.create("Exchange", topics.create("Returns", None, bo, now), bo, now)


@pytest.fixture
def matter(ana: Identity) -> Conversation:
    return conversation_of(ana)


def test_topics_are_found_by_any_word_of_their_path(
    enter: Enter, bo: User, matter: Conversation, exchange: Topic
) -> None:
    door, path = enter(bo), f"/conversations/{matter.id}/topics"
    assert 'role="combobox"' in door.get(f"{path}/choice").text
    assert "Returns › Exchange" in door.get(f"{path}/options?topic_words=exch+ret").text
    assert "No such topic" in door.get(f"{path}/options?topic_words=nothing").text
    assert "Returns › Exchange" in door.get(f"{path}/tree").text


def test_a_topic_is_added_once_and_taken_off(
    enter: Enter, bo: User, ana: Identity, matter: Conversation, exchange: Topic
) -> None:
    door, path = enter(bo), f"/conversations/{matter.id}/topics"
    for _ in range(2):
        text = door.post(path, htmx=True, topic=str(exchange.id)).text
    assert text.count('aria-label="Remove topic Exchange"') == 1
    assert "Returns › Exchange" not in door.get(f"{path}/options").text
    door.post(f"{path}/{exchange.id}/removal")
    assert "Remove topic" not in door.get(f"/customers/{ana.customer_id}").text


def test_topics_of_a_closed_conversation_stay_as_they_are(
    enter: Enter, bo: User, ana: Identity, matter: Conversation, exchange: Topic, now: datetime
) -> None:
    topics.add(matter, exchange, bo, now)
    closing.close(matter, bo, now)
    door = enter(bo)
    text = door.get(f"/customers/{ana.customer_id}/topics").text
    assert "Returns › Exchange" in text
    assert "<button" not in text
    assert door.post(f"/conversations/{matter.id}/topics/{exchange.id}/removal", htmx=True).status_code == 422


def test_close_is_shut_until_there_is_a_topic(
    enter: Enter, bo: User, ana: Identity, matter: Conversation, exchange: Topic, now: datetime
) -> None:
    settings.change(bo, now, needs_topic=True)
    db.commit()
    door, path = enter(bo), f"/customers/{ana.customer_id}/head"
    assert door.get(path).text.count('disabled title="Add a topic first"') == 2
    topics.add(matter, exchange, bo, now)
    assert "disabled" not in door.get(path).text
