"""After a declined or missed offer nothing is given until Next (SPEC 5.6)."""

from datetime import datetime

import pytest

from igapp import utc
from igapp.desk import availability, closing, offers, replies, routing, settings
from igapp.models import Account, Identity, User
from tests.desk.acts import (
    accept,
    agent_row,
    answer,
    decline,
    done,
    expire,
    hear,
    held,
    offer_of,
    offered_to,
    refused,
    sweep,
)
from tests.factories import conversation_of, make_agent, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """A customer whom Bo declined."""
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    decline(bo, now)
    return ana


def test_whoever_declined_is_offered_nothing_more(ana: Identity, account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    assert route_all(now) == 0


def test_whoever_missed_one_is_offered_nothing_more(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    later = now + utc.seconds(31)
    hear(later, bo)
    expire(later)
    assert route_all(later) == 0
    assert agent_row(bo).paused_at == later


def test_next_ends_it_and_gives_what_was_declined(ana: Identity, bo: User, now: datetime) -> None:
    conversation, _ = done(routing.next_for(bo, now))
    assert conversation is not None
    assert conversation.customer_id == ana.customer_id
    assert agent_row(bo).paused_at is None


def test_next_ends_it_even_when_nothing_waits(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), mia, now))
    assert done(routing.next_for(bo, now)) == (None, "Nobody is waiting.")
    assert agent_row(bo).paused_at is None


def test_next_of_a_conversation_ends_it_though_it_opens_ones_own_customer(
    account: Account, bo: User, now: datetime
) -> None:
    lena, ana = make_identity(account), make_identity(account)
    write(lena, now=now)
    held(lena, bo, now)
    write(ana, now=now)
    route_all(now)
    decline(bo, now)
    conversation, _ = done(routing.next_in_turn(bo, now))
    assert conversation is not None
    assert conversation.customer_id == lena.customer_id
    route_all(now)
    assert offered_to(ana) == bo.id


def test_switching_messaging_does_not_end_it(ana: Identity, bo: User, now: datetime) -> None:
    done(availability.switch(bo, False, now))
    done(availability.switch(bo, True, now))
    assert route_all(now) == 0


def test_time_does_not_end_it(ana: Identity, bo: User, now: datetime) -> None:
    later = now + utc.hours(8)
    hear(later, bo)
    sweep(later)
    assert offered_to(ana) is None


def test_next_with_messaging_off_is_refused_and_does_not_end_it(ana: Identity, bo: User, now: datetime) -> None:
    done(availability.switch(bo, False, now))
    assert "Messaging on" in refused(lambda: routing.next_for(bo, now))
    assert agent_row(bo).paused_at is not None


def test_the_setting_ends_it_after_so_many_seconds(
    ana: Identity, account: Account, bo: User, ada: User, now: datetime
) -> None:
    done(settings.change(ada, now, next_delay_seconds=20))
    early, late = now + utc.seconds(19), now + utc.seconds(20)
    hear(early, bo)
    sweep(early)
    assert offered_to(ana) is None
    sweep(late)
    assert offered_to(ana) == bo.id
    assert agent_row(bo).paused_at is None


def test_what_was_declined_goes_to_all_others_first(
    ana: Identity, account: Account, bo: User, cy: User, ada: User, now: datetime
) -> None:
    done(settings.change(ada, now, next_delay_seconds=1))
    later = now + utc.seconds(2)
    lena = make_identity(account)
    write(lena, now=now)
    hear(later, bo, cy)
    sweep(later)
    assert (offered_to(ana), offered_to(lena)) == (cy.id, bo.id)


def test_when_all_others_were_tried_it_comes_back_to_whoever_was_tried_least(
    ana: Identity, account: Account, bo: User, cy: User, ada: User, now: datetime
) -> None:
    done(settings.change(ada, now, next_delay_seconds=1))
    lena = make_identity(account)
    write(lena, now=now)
    answer(lena, cy, now)
    asked = []
    for second in range(2, 8, 2):
        moment = now + utc.seconds(second)
        hear(moment, bo, cy)
        sweep(moment)
        asked.append(offered_to(ana))
        decline(bo if asked[-1] == bo.id else cy, moment)
    assert asked == [cy.id, bo.id, cy.id]


def test_an_offer_that_waits_is_answered_before_next(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    assert "banner" in refused(lambda: routing.next_for(bo, now))
    assert offer_of(bo, now) is not None


def test_what_someone_declined_before_it_came_back_to_the_queue_counts_no_more(
    ana: Identity, bo: User, cy: User, ada: User, now: datetime
) -> None:
    route_all(now)
    accept(cy, now)
    done(routing.end_pause(bo, now))
    later = now + utc.minutes(15)
    hear(later, bo)
    sweep(later)
    assert offered_to(ana) == bo.id
    assert offers.pending_for(cy.id, later) is None


def test_what_was_declined_comes_back_before_others_once_next_was_pressed(
    account: Account, bo: User, cy: User, now: datetime
) -> None:
    dee = make_agent("Dee", now)
    for agent in (bo, cy):
        hear(now, agent)
    busy = make_identity(account, "Lena")
    done(write(busy, at=now - utc.minutes(1), now=now))
    done(replies.reply(busy.customer, dee, "Hi", "key", now))
    ana = make_identity(account)
    done(write(ana, now=now))
    route_all(now)
    assert offered_to(ana) == bo.id
    decline(bo, now)
    route_all(now)
    assert offered_to(ana) == cy.id
    done(routing.next_for(bo, now))
    decline(cy, now)
    route_all(now)
    assert offered_to(ana) == bo.id
