"""Who gets what a customer writes next (SPEC 5.8, 7.2)."""

from datetime import datetime

import pytest
from flask import Flask

from igapp import utc
from igapp.desk import availability, closing, people, replies, routing, settings
from igapp.models import Account, Identity, Status, User
from tests.desk.acts import (
    accept,
    answer,
    done,
    echo,
    events,
    hear,
    held,
    load,
    offer_of,
    offered_to,
    rung,
    sweep,
)
from tests.factories import comment, conversation_of, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """Bo's customer, answered a moment ago."""
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    answer(ana, bo, now)
    return ana


def fill(bo: User, account: Account, now: datetime) -> None:
    """Give Bo customers up to the maximum."""
    while load(bo) < 5:
        lena = make_identity(account, "Lena")
        write(lena, now=now)
        assert done(routing.next_for(bo, now))[0] is not None


def test_while_a_session_is_open_messages_go_straight_to_its_agent(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, "One more thing", now=now + utc.seconds(5))
    route_all(now)
    found = conversation_of(ana)
    assert (found.agent_id, found.status, found.offered_to_id) == (bo.id, Status.OPEN, None)


def test_the_agent_is_told_of_it(ana: Identity, bo: User, now: datetime) -> None:
    later = now + utc.seconds(5)
    write(ana, "One more thing", now=later)
    assert conversation_of(ana).knocked_at == later
    assert conversation_of(ana).needs_attention


@pytest.mark.parametrize("is_from_app", [False, True])
def test_the_news_are_over_once_they_are_answered(ana: Identity, bo: User, now: datetime, is_from_app: bool) -> None:
    later = now + utc.seconds(5)
    write(ana, "One more thing", now=later)
    if is_from_app:
        echo(ana, later + utc.seconds(1))
    else:
        done(replies.reply(ana.customer, bo, "Yes?", "key", later))
    assert conversation_of(ana).knocked_at is None


def test_what_becomes_new_work_goes_from_the_list_of_whoever_had_it(
    app: Flask, ana: Identity, bo: User, now: datetime
) -> None:
    later = now + utc.minutes(16)
    sweep(later)
    assert conversation_of(ana).status == Status.WAITING
    assert f"desk:{bo.id}" in rung(app, lambda: write(ana, "Still there?", now=later))


def test_even_to_an_agent_who_is_full_and_unavailable(ana: Identity, account: Account, bo: User, now: datetime) -> None:
    fill(bo, account, now)
    done(availability.switch(bo, False, now))
    write(ana, "One more thing", now=now + utc.seconds(5))
    assert conversation_of(ana).agent_id == bo.id
    assert load(bo) == 5


def test_a_comment_goes_straight_to_the_agent_too(ana: Identity, bo: User, now: datetime) -> None:
    comment(ana)
    assert conversation_of(ana).agent_id == bo.id
    assert conversation_of(ana).needs_attention


def test_after_closing_it_goes_to_the_same_agent_within_the_limit(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    later = now + utc.minutes(14)
    hear(later, bo)
    write(ana, "Hello again", now=later)
    route_all(later)
    assert conversation_of(ana).agent_id == bo.id
    assert offer_of(bo, later) is None
    assert events(ana, viewer=bo)[-1] == "Routed to you because you answered this customer last"


def test_the_limit_counts_from_our_last_message(ana: Identity, bo: User, cy: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now + utc.minutes(14)))
    later = now + utc.minutes(15)
    hear(later, cy)
    write(ana, "Hello again", now=later)
    route_all(later)
    assert offered_to(ana) == cy.id


def test_a_new_conversation_goes_to_the_same_agent_too(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    done(settings.change(ada, now, reopen_hours=0))
    done(closing.close(conversation_of(ana), bo, now))
    closed = conversation_of(ana).id
    write(ana, "Hello again", now=now + utc.minutes(1))
    route_all(now)
    assert conversation_of(ana).id != closed
    assert conversation_of(ana).agent_id == bo.id


def test_not_to_an_agent_who_is_not_connected(ana: Identity, bo: User, cy: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    later = now + utc.minutes(1)
    hear(later, cy)
    write(ana, "Hello again", now=later)
    route_all(later)
    assert offered_to(ana) == cy.id


def test_not_to_an_agent_at_the_maximum(ana: Identity, account: Account, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    fill(bo, account, now)
    write(ana, "Hello again", now=now + utc.seconds(1))
    route_all(now)
    assert conversation_of(ana).agent_id is None
    assert load(bo) == 5


def test_also_to_one_who_is_unavailable_or_above_the_standard(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    for _ in range(4):
        write(make_identity(account, "Lena"), now=now)
        done(routing.next_for(bo, now))
    done(availability.switch(bo, False, now))
    write(ana, "Hello again", now=now + utc.seconds(1))
    route_all(now)
    assert conversation_of(ana).agent_id == bo.id
    assert load(bo) == 5


def test_not_to_one_who_was_deactivated(ana: Identity, bo: User, cy: User, ada: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    done(people.deactivate(bo, ada, now))
    write(ana, "Hello again", now=now + utc.seconds(1))
    route_all(now)
    assert offered_to(ana) == cy.id


def test_nobody_snatches_it_with_next_meanwhile(ana: Identity, bo: User, cy: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    write(ana, "Hello again", now=now + utc.seconds(1))
    done(None)
    assert routing.next_for(cy, now) == (None, "Nobody is waiting.")
    conversation, _ = done(routing.next_for(bo, now))
    assert conversation is not None
    assert conversation.customer_id == ana.customer_id


def test_the_last_agent_is_who_held_it_not_who_helped_or_closed(
    ana: Identity, bo: User, cy: User, now: datetime
) -> None:
    answer(ana, cy, now)
    done(closing.close(conversation_of(ana), cy, now))
    write(ana, "Hello again", now=now + utc.seconds(1))
    route_all(now)
    assert conversation_of(ana).agent_id == bo.id


def test_after_silence_a_message_is_new_work(ana: Identity, bo: User, now: datetime) -> None:
    later = now + utc.minutes(15)
    hear(later, bo)
    sweep(later)
    assert (conversation_of(ana).status, conversation_of(ana).agent_id) == (Status.WAITING, bo.id)
    write(ana, "Hello again", now=later)
    route_all(later)
    assert conversation_of(ana).agent_id is None
    assert accept(bo, later).customer_id == ana.customer_id


def test_a_customer_whom_nobody_answered_is_new_work(account: Account, bo: User, cy: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    done(closing.close(held(ana, bo, now), bo, now))
    write(ana, "Hello?", now=now + utc.seconds(1))
    route_all(now)
    assert conversation_of(ana).agent_id is None


def test_an_echo_within_the_limit_comes_to_the_same_agent_too(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    echo(ana, now + utc.seconds(1))
    route_all(now)
    assert conversation_of(ana).agent_id == bo.id
