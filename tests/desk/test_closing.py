"""Closing, statuses and topics (SPEC 11.4 to 11.6)."""

from datetime import datetime

import pytest

from igapp import utc
from igapp.desk import closing, settings, topics
from igapp.models import Account, Identity, Status, Topic, User
from tests.desk.acts import answer, done, events, held, load, refused, sweep
from tests.factories import conversation_of, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """Bo's customer, who waits for an answer."""
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    return ana


def test_closing_frees_the_place_and_says_who_did_it(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    found = conversation_of(ana)
    assert (found.status, found.closed_at, found.closed_by_id, load(bo)) == (Status.CLOSED, now, bo.id, 0)
    assert events(ana)[-1] == "Closed by Bo"


def test_closing_twice_changes_nothing(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    done(closing.close(conversation_of(ana), bo, now + utc.minutes(1)))
    assert conversation_of(ana).closed_at == now
    assert events(ana).count("Closed by Bo") == 1


def test_new_then_open_then_waiting_then_closed(account: Account, bo: User, now: datetime) -> None:
    ana, seen = make_identity(account), []
    write(ana, now=now)
    seen.append(conversation_of(ana).status)
    route_all(now)
    seen.append(conversation_of(ana).status)
    held(ana, bo, now)
    seen.append(conversation_of(ana).status)
    answer(ana, bo, now)
    sweep(now + utc.minutes(15))
    seen.append(conversation_of(ana).status)
    done(closing.close(conversation_of(ana), bo, now))
    seen.append(conversation_of(ana).status)
    assert seen == [Status.NEW, Status.NEW, Status.OPEN, Status.WAITING, Status.CLOSED]


def test_a_required_topic_keeps_it_open_until_there_is_one(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    done(settings.change(ada, now, needs_topic=True))
    conversation = conversation_of(ana)
    assert refused(lambda: closing.close(conversation, bo, now)) == "Add a topic before you close the conversation."
    done(topics.add(conversation, topics.create("Returns", None, ada, now), bo, now))
    done(closing.close(conversation, bo, now))
    assert conversation_of(ana).is_closed


def returns(ada: User, now: datetime) -> tuple[Topic, Topic, Topic]:
    top = topics.create("Returns", None, ada, now)
    middle = topics.create("Exchange", top, ada, now)
    return top, middle, topics.create("Wrong size", middle, ada, now)


def test_topics_are_a_tree_of_at_least_three_levels(ada: User, now: datetime) -> None:
    returns(ada, now)
    assert [topic.path for topic in topics.tree()] == [
        "Returns",
        "Returns › Exchange",
        "Returns › Exchange › Wrong size",
    ]


def test_topics_are_found_by_typing_words_of_their_path(ada: User, now: datetime) -> None:
    *_, leaf = returns(ada, now)
    assert topics.search("size ret") == [leaf]


def test_topics_are_added_and_removed_while_it_is_open(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    conversation, (_, _, leaf) = conversation_of(ana), returns(ada, now)
    topics.add(conversation, leaf, bo, now)
    topics.add(conversation, leaf, bo, now)
    assert topics.of([conversation.id]) == {conversation.id: [leaf]}
    done(topics.remove(conversation, leaf))
    assert topics.of([conversation.id]) == {}


def test_topics_of_a_closed_conversation_are_kept_as_they_are(
    ana: Identity, bo: User, ada: User, now: datetime
) -> None:
    conversation, (top, *_) = conversation_of(ana), returns(ada, now)
    done(closing.close(conversation, bo, now))
    closed = conversation_of(ana)
    assert "closed" in refused(lambda: topics.add(closed, top, bo, now))


def test_a_topic_in_use_is_retired_and_can_be_chosen_no_more(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    conversation, (_, _, leaf) = conversation_of(ana), returns(ada, now)
    topics.add(conversation, leaf, bo, now)
    done(topics.retire(leaf, ada, now))
    assert leaf not in topics.tree()
    assert topics.of([conversation.id]) == {conversation.id: [leaf]}
    assert "retired" in refused(lambda: topics.add(conversation, leaf, bo, now))


def test_below_a_retired_topic_nothing_can_be_chosen(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    top, _, leaf = returns(ada, now)
    done(topics.retire(top, ada, now))
    assert "retired" in refused(lambda: topics.add(conversation_of(ana), leaf, bo, now))


def test_two_topics_below_one_have_two_names(ada: User, now: datetime) -> None:
    top, middle, _ = returns(ada, now)
    other = done(topics.create("Refund", top, ada, now))
    assert refused(lambda: topics.rename(other, "Exchange", ada, now)) == (
        "There is a topic “Returns › Exchange” already."
    )
    done(topics.rename(middle, "Exchange", ada, now))


def test_a_topic_that_was_never_used_is_deleted(ada: User, now: datetime) -> None:
    _, middle, leaf = returns(ada, now)
    done(topics.retire(leaf, ada, now))
    assert [topic.name for topic in topics.tree()] == ["Returns", middle.name]
