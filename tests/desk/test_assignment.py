"""Assigned without a banner, or by a manager (SPEC 5.10, 5.11)."""

from datetime import datetime

import pytest

from igapp import utc
from igapp.desk import assignments, availability, closing, people, routing, settings
from igapp.models import Account, Identity, Status, User
from tests.desk.acts import (
    accept,
    agent_row,
    answer,
    decline,
    done,
    events,
    hear,
    held,
    load,
    offer_of,
    offered_to,
    refused,
)
from tests.factories import conversation_of, make_agent, make_identity, make_inbox, route_all, write


@pytest.fixture
def ana(account: Account, now: datetime) -> Identity:
    """A customer who waits."""
    ana = make_identity(account)
    done(write(ana, now=now))
    return ana


def test_without_the_banner_work_is_assigned_at_once(
    ana: Identity, account: Account, bo: User, ada: User, now: datetime
) -> None:
    done(settings.change(ada, now, is_assignment_by_banner=False))
    assert route_all(now) == 1
    found = conversation_of(ana)
    assert (found.agent_id, found.status, found.knocked_at) == (bo.id, Status.OPEN, now)
    assert (load(bo), agent_row(bo).is_offered) == (1, False)


def test_without_the_banner_the_standard_still_holds(account: Account, bo: User, ada: User, now: datetime) -> None:
    done(settings.change(ada, now, is_assignment_by_banner=False))
    for _ in range(5):
        write(make_identity(account), now=now)
    assert route_all(now) == 3


def test_a_manager_gives_work_to_an_agent_as_an_offer(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(assignments.to_agent(conversation_of(ana), bo, mia, now))
    assert offered_to(ana) == bo.id
    assert events(ana, viewer=bo)[-1] == "Routed to you because Mia assigned it"
    assert accept(bo, now).agent_id == bo.id


def test_it_ignores_the_pause(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    route_all(now)
    decline(bo, now)
    done(assignments.to_agent(conversation_of(ana), bo, mia, now))
    assert offered_to(ana) == bo.id


def test_it_ignores_the_standard(ana: Identity, account: Account, bo: User, mia: User, now: datetime) -> None:
    for _ in range(3):
        lena = make_identity(account)
        write(lena, at=now - utc.minutes(1), now=now)
        held(lena, bo, now)
    done(assignments.to_agent(conversation_of(ana), bo, mia, now))
    assert load(bo) == 4


def test_not_the_maximum(ana: Identity, account: Account, bo: User, mia: User, now: datetime) -> None:
    for _ in range(5):
        write(make_identity(account), at=now - utc.minutes(1), now=now)
        done(routing.next_for(bo, now))
    sentence = refused(lambda: assignments.to_agent(conversation_of(ana), bo, mia, now))
    assert sentence == "Bo has 5 of 5 customers."


def test_not_a_missing_connection(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    later = now + utc.seconds(31)
    assert "not connected" in refused(lambda: assignments.to_agent(conversation_of(ana), bo, mia, later))


def test_not_another_pending_offer(ana: Identity, account: Account, bo: User, mia: User, now: datetime) -> None:
    lena = make_identity(account)
    write(lena, at=now - utc.minutes(1), now=now)
    route_all(now)
    assert offered_to(lena) == bo.id
    assert "another request" in refused(lambda: assignments.to_agent(conversation_of(ana), bo, mia, now))


def test_not_to_someone_deactivated(ana: Identity, bo: User, mia: User, ada: User, now: datetime) -> None:
    done(people.deactivate(bo, ada, now))
    assert "deactivated" in refused(lambda: assignments.to_agent(conversation_of(ana), bo, mia, now))


def test_a_refused_assignment_leaves_everything_as_it_is(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    route_all(now)
    away = make_agent("Away", now - utc.hours(1))
    done(None)
    refused(lambda: assignments.to_agent(conversation_of(ana), away, mia, now))
    assert offered_to(ana) == bo.id


def test_taking_it_from_one_agent_and_asking_another(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    held(ana, bo, now)
    cy = make_agent("Cy", now)
    done(assignments.to_agent(conversation_of(ana), cy, mia, now))
    assert (conversation_of(ana).agent_id, offered_to(ana), load(bo), load(cy)) == (None, cy.id, 0, 1)


def test_an_assignment_that_is_declined_goes_on_to_others(
    ana: Identity, bo: User, cy: User, mia: User, now: datetime
) -> None:
    done(assignments.to_agent(conversation_of(ana), cy, mia, now))
    decline(cy, now)
    route_all(now)
    assert offered_to(ana) == bo.id


def test_not_to_whoever_has_it_already(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    held(ana, bo, now)
    assert "already" in refused(lambda: assignments.to_agent(conversation_of(ana), bo, mia, now))


def test_not_what_is_closed(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), mia, now))
    assert "waits" in refused(lambda: assignments.to_agent(conversation_of(ana), bo, mia, now))
    assert "closed" in refused(lambda: assignments.to_inbox(conversation_of(ana), make_inbox("Returns"), mia, now))


def test_moving_to_an_inbox_lets_its_members_be_asked(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    returns = make_inbox("Returns")
    dee = make_agent("Dee", now, returns)
    held(ana, bo, now)
    done(assignments.to_inbox(conversation_of(ana), returns, mia, now))
    route_all(now)
    assert (offered_to(ana), load(bo)) == (dee.id, 0)
    assert "Moved to Returns by Mia" in events(ana)


def test_what_was_kept_for_its_last_agent_goes_to_the_inbox_that_it_was_moved_to(
    ana: Identity, bo: User, mia: User, now: datetime
) -> None:
    returns = make_inbox("Returns")
    dee = make_agent("Dee", now, returns)
    held(ana, bo, now)
    answer(ana, bo, now)
    done(closing.close(conversation_of(ana), bo, now))
    done(write(ana, "And red?", now=now + utc.seconds(5)))
    done(assignments.to_inbox(conversation_of(ana), returns, mia, now + utc.seconds(6)))
    route_all(now + utc.seconds(6))
    assert (conversation_of(ana).agent_id, offered_to(ana)) == (None, dee.id)


def test_moving_to_an_inbox_keeps_the_running_due_time(ana: Identity, mia: User, now: datetime) -> None:
    before = conversation_of(ana).due_at
    done(assignments.to_inbox(conversation_of(ana), make_inbox("Returns", sla_minutes=5), mia, now))
    assert conversation_of(ana).due_at == before


def test_an_agent_with_messaging_off_can_still_be_asked_by_a_manager(
    ana: Identity, bo: User, mia: User, now: datetime
) -> None:
    done(availability.switch(bo, False, now))
    hear(now, bo)
    done(assignments.to_agent(conversation_of(ana), bo, mia, now))
    assert offer_of(bo, now) is not None
