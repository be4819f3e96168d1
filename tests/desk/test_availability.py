"""Who receives work: the switch, being there, signing in and out, leaving for good (SPEC 5.1, 5.8)."""

from datetime import datetime

from igapp import db, utc
from igapp.desk import availability, closing, people, replies, routing
from igapp.models import Account, Status, User
from tests.desk.acts import accept, agent_row, answer, done, events, hear, held, load, offer_of, offered_to, sweep
from tests.factories import conversation_of, make_agent, make_identity, make_inbox, make_user, route_all, write


def test_nothing_is_offered_while_messaging_is_off(account: Account, bo: User, now: datetime) -> None:
    availability.switch(bo, False, now)
    write(make_identity(account), now=now)
    assert route_all(now) == 0


def test_switching_messaging_on_lets_what_waits_be_offered(account: Account, now: datetime) -> None:
    bo, ana = make_user("Bo"), make_identity(account)
    write(ana, now=now)
    hear(now, bo)
    assert route_all(now) == 0
    done(availability.switch(bo, True, now))
    route_all(now)
    assert offered_to(ana) == bo.id


def test_messaging_is_off_at_every_sign_in(bo: User, now: datetime) -> None:
    done(availability.signed_in(bo, now))
    assert not agent_row(bo).is_available


def test_an_agent_not_heard_from_for_30_seconds_is_offered_nothing(account: Account, bo: User, now: datetime) -> None:
    later = now + utc.seconds(30)
    write(make_identity(account), now=later)
    assert route_all(later) == 0
    hear(later, bo)
    assert route_all(later) == 1


def test_managers_and_administrators_can_be_agents_too(account: Account, mia: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    hear(now, mia)
    done(availability.switch(mia, True, now))
    route_all(now)
    assert offered_to(ana) == mia.id


def test_the_bubble_counts_who_waits_in_the_agents_own_inboxes(account: Account, mia: User, now: datetime) -> None:
    dee = make_agent("Dee", now, make_inbox("Returns"))
    write(make_identity(account), now=now)
    write(make_identity(account), now=now)
    db.commit()
    assert (routing.waiting_count(mia.id), routing.waiting_count(dee.id)) == (2, 0)


def test_what_is_offered_waits_no_more(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    assert routing.waiting_count(bo.id) == 0


def test_whoever_signs_out_is_not_connected_from_then_on(bo: User, now: datetime) -> None:
    done(availability.signed_out(bo, now))
    assert not routing.is_connected(bo.id, now)
    hear(now, bo)
    assert routing.is_connected(bo.id, now)


def test_an_agent_who_signed_out_keeps_unanswered_customers_for_the_limit(
    account: Account, bo: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    done(availability.signed_out(bo, now))
    sweep(now + utc.minutes(15) - utc.seconds(1))
    assert conversation_of(ana).agent_id == bo.id
    sweep(now + utc.minutes(15))
    assert conversation_of(ana).agent_id is None
    assert conversation_of(ana).status == Status.NEW
    assert load(bo) == 0
    assert "Returned to the queue because Bo is away" in events(ana)


def test_an_agent_without_connection_loses_the_customers_who_wait_to_the_queue(
    account: Account, bo: User, cy: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    later = now + utc.minutes(15)
    hear(later, cy)
    sweep(later)
    assert offered_to(ana) == cy.id


def test_an_absent_agent_keeps_the_customers_who_are_answered(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    hear(now + utc.minutes(10), bo)
    answer(ana, bo, now + utc.minutes(10))
    assert availability.absent(now + utc.minutes(24)) == []


def test_someone_who_never_had_a_page_counts_as_there_since_signing_in(account: Account, now: datetime) -> None:
    bo, ana = make_user("Bo"), make_identity(account)
    availability.signed_in(bo, now)
    write(ana, now=now)
    done(replies.reply(ana.customer, bo, "Hi", "key", now))
    assert availability.absent(now + utc.minutes(14)) == []
    assert availability.absent(now + utc.minutes(15)) == [conversation_of(ana).id]


def test_a_deactivated_user_loses_all_work_at_once(account: Account, bo: User, ada: User, now: datetime) -> None:
    unanswered, offered = make_identity(account, "Ana"), make_identity(account, "Lena")
    write(unanswered, now=now)
    held(unanswered, bo, now)
    write(offered, now=now)
    route_all(now)
    done(people.deactivate(bo, ada, now))
    for customer in (unanswered, offered):
        assert conversation_of(customer).status == Status.NEW
        assert conversation_of(customer).agent_id is None
        assert offered_to(customer) is None
    assert load(bo) == 0
    assert "Returned to the queue because Bo was deactivated" in events(unanswered)


def test_what_waits_to_be_closed_leaves_a_deactivated_user_too(
    account: Account, bo: User, ada: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    done(closing.no_reply_needed(held(ana, bo, now), bo, now))
    done(people.deactivate(bo, ada, now))
    assert conversation_of(ana).status == Status.WAITING
    assert conversation_of(ana).agent_id is None


def test_work_that_reached_a_deactivated_user_all_the_same_comes_back_with_the_sweep(
    account: Account, bo: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    bo.is_active = False
    db.commit()
    sweep(now)
    assert conversation_of(ana).agent_id is None


def test_an_offer_to_someone_who_is_deactivated_is_withdrawn(
    account: Account, bo: User, cy: User, ada: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    done(people.deactivate(bo, ada, now))
    route_all(now)
    assert offer_of(bo, now) is None
    assert accept(cy, now).customer_id == ana.customer_id
