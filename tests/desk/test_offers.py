"""An offer: 30 seconds, one winner, and what the others are told (SPEC 5.5, GUARANTEES R1)."""

from datetime import datetime

from igapp import db, utc
from igapp.desk import offers, settings
from igapp.models import Account, OfferState, Status, User
from tests.desk.acts import accept, decline, done, events, expire, hear, load, offer_of, offered_to, refused
from tests.factories import conversation_of, make_identity, route_all, write


def test_an_offer_lasts_30_seconds_on_the_server(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    assert offer.expires_at - offer.offered_at == utc.seconds(30)
    assert offer_of(bo, now + utc.seconds(29)) is not None
    assert offer_of(bo, now + utc.seconds(30)) is None


def test_the_seconds_to_accept_are_a_setting(account: Account, bo: User, ada: User, now: datetime) -> None:
    done(settings.change(ada, now, offer_seconds=10))
    write(make_identity(account), now=now)
    route_all(now)
    assert offer_of(bo, now + utc.seconds(9)) is not None
    assert offer_of(bo, now + utc.seconds(10)) is None


def test_a_running_offer_keeps_its_time_when_the_setting_changes(
    account: Account, bo: User, ada: User, now: datetime
) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    done(settings.change(ada, now, offer_seconds=10))
    assert offer_of(bo, now + utc.seconds(29)) is not None


def test_an_offered_conversation_is_still_new(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    assert conversation_of(ana).status == Status.NEW


def test_accepting_makes_it_the_agents_and_open(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    accept(bo, now)
    assert (conversation_of(ana).agent_id, conversation_of(ana).status) == (bo.id, Status.OPEN)
    assert events(ana)[-1] == "Accepted by Bo"


def test_what_nobody_answers_goes_to_another_agent(account: Account, bo: User, cy: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    later = now + utc.seconds(30)
    hear(later, cy)
    expire(later)
    route_all(later)
    assert offered_to(ana) == cy.id
    assert "Missed by Bo" in events(ana)
    assert load(bo) == 0


def test_g_r1_a_late_accept_is_told_that_it_went_to_another_agent(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    assert (
        refused(lambda: offers.accept(offer, bo, now + utc.seconds(30))) == "This request was routed to another agent."
    )


def test_g_r1_accepting_twice_is_refused_the_second_time(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    done(offers.accept(offer, bo, now))
    assert "another agent" in refused(lambda: offers.accept(offer, bo, now))
    assert load(bo) == 1


def test_nobody_else_can_accept_an_agents_offer(account: Account, bo: User, cy: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    assert "another agent" in refused(lambda: offers.accept(offer, cy, now))


def test_nobody_else_can_decline_an_agents_offer(account: Account, bo: User, cy: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    done(offers.decline(offer, cy, now))
    assert offer_of(bo, now) is offer


def test_declining_after_accepting_changes_nothing(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    done(offers.accept(offer, bo, now))
    done(offers.decline(offer, bo, now))
    assert conversation_of(ana).agent_id == bo.id


def test_an_accepted_offer_does_not_expire(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    done(offers.accept(offer, bo, now))
    assert not done(offers.expire(offer.id, now + utc.minutes(1)))
    assert offer.state == OfferState.ACCEPTED


def test_an_offer_is_not_missed_before_its_time(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    assert not done(offers.expire(offer.id, now + utc.seconds(29)))


def test_a_message_that_comes_while_it_is_offered_changes_no_offer(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    offer = offer_of(bo, now)
    write(ana, "And another thing", now=now + utc.seconds(3))
    db.commit()
    assert route_all(now) == 0
    assert offer_of(bo, now) is offer


def test_declining_says_so_in_the_timeline(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    decline(bo, now)
    assert events(ana)[-1] == "Declined by Bo"
