"""The same thing done by several processes at the same moment (SPEC 5.12, GUARANTEES D1, D2, R1, R2, S11)."""

from collections import Counter
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import capacity, customers, replies, sends, settings
from igapp.models import Agent, Conversation, Customer, Identity, Item, ItemKind, Offer, OfferState, Send, SendState
from tests.concurrency import anything, work
from tests.concurrency.crowd import at_once
from tests.desk.random import invariants
from tests.factories import make_account, make_agent, make_identity, numbers, route_all, write

pytestmark = pytest.mark.concurrency
Environment = dict[str, str]


def number_of(model: type[Item] | type[Customer] | type[Conversation] | type[Identity]) -> int:
    return db.session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def inbound() -> set[str]:
    found = db.session().scalars(sa.select(Item.platform_id).where(Item.is_inbound))
    return {str(one) for one in found}


def waiting(count: int, now: datetime) -> list[Identity]:
    account = make_account()
    people = [make_identity(account, f"Customer {number}") for number in range(count)]
    for person in people:
        write(person, now=now)
    db.commit()
    return people


def test_g_d1_the_same_message_20_times_in_parallel_is_one_item(environment: Environment, db_session: Session) -> None:
    account_id = make_account().id
    db.commit()
    arguments = [(account_id, "910000000001", utc.now())] * 4
    items = at_once(environment, work.same_message, arguments, threads=5)
    assert len(items) == 20
    assert len(set(items)) == 1
    assert (number_of(Item), number_of(Customer), number_of(Conversation)) == (1, 1, 1)


def test_g_d2_two_first_messages_in_parallel_are_one_customer_and_one_conversation(
    environment: Environment, db_session: Session
) -> None:
    account_id = make_account().id
    db.commit()
    igsids = [f"92{number:010}" for number in range(15)]
    arguments = [(account_id, igsids, name, utc.now()) for name in ("one", "two", "three")]
    at_once(environment, work.first_messages, arguments)
    assert (number_of(Customer), number_of(Identity), number_of(Conversation), number_of(Item)) == (15, 15, 15, 45)
    invariants.hold(inbound())


def offered(count: int, now: datetime) -> list[int]:
    for number in range(count):
        make_agent(f"Agent {number}", now)
    waiting(count, now)
    assert route_all(now) == count
    return list(db.session().scalars(sa.select(Offer.id).order_by(Offer.id)))


def test_g_r1_of_accept_decline_expiry_and_closing_one_wins(environment: Environment, db_session: Session) -> None:
    now = utc.now()
    ids = offered(12, now)
    ends = at_once(
        environment, work.settle_offers, [(ids, how, now) for how in ("accept", "decline", "expire", "close")]
    )
    won = Counter(offer_id for end in ends for offer_id in end)
    assert won == Counter(ids)
    states = set(db.session().scalars(sa.select(Offer.state)))
    assert OfferState.OFFERED not in states
    invariants.hold(inbound())


def test_g_r1_an_offer_accepted_in_three_tabs_is_accepted_once(environment: Environment, db_session: Session) -> None:
    now = utc.now()
    ids = offered(8, now)
    ends = at_once(environment, work.settle_offers, [(ids, "accept", now)] * 3)
    assert Counter(offer_id for end in ends for offer_id in end) == Counter(ids)
    assert set(db.session().scalars(sa.select(Agent.load))) == {1}
    invariants.hold(inbound())


def test_g_r2_racing_routers_stay_within_capacity_and_offer_nothing_twice(
    environment: Environment, db_session: Session
) -> None:
    now = utc.now()
    for number in range(8):
        make_agent(f"Agent {number}", now)
    waiting(30, now)
    assert sum(at_once(environment, work.route, [(now,)] * 3)) == 8
    assert set(db.session().scalars(sa.select(Agent.load))) == {1}
    invariants.hold(inbound())
    invariants.nobody_waits_beside_a_free_agent(now)


def test_g_r2_pressing_next_in_several_processes_never_passes_the_maximum(
    environment: Environment, db_session: Session
) -> None:
    now = utc.now()
    agents = [make_agent(f"Agent {number}", now).id for number in range(3)]
    waiting(25, now)
    pressed = at_once(environment, work.press_next, [(agents * 8, now)] * 3)
    assert sum(pressed) == 15
    assert set(db.session().scalars(sa.select(Agent.load))) == {5}
    invariants.hold(inbound())


def test_g_s11_a_double_click_in_two_processes_sends_once(environment: Environment, db_session: Session) -> None:
    now = utc.now()
    bo = make_agent("Bo", now)
    (ana,) = waiting(1, now)
    items = at_once(environment, work.reply_once, [(ana.customer_id, bo.id, now)] * 4)
    assert len(set(items)) == 1
    assert len(db.session().scalars(sa.select(Send)).all()) == 1


def test_a_send_is_claimed_by_one_worker(environment: Environment, db_session: Session) -> None:
    now = utc.now()
    bo = make_agent("Bo", now)
    (ana,) = waiting(1, now)
    send = replies.reply(ana.customer, bo, "Hi", "key", now).send
    assert send is not None
    send_id = send.id
    db.commit()
    claims = at_once(environment, work.claim, [(send_id, f"worker {number}", now) for number in range(4)])
    assert sorted(claims) == [False, False, False, True]


def test_g_d3_answer_and_echo_at_the_same_moment_are_one_message(environment: Environment, db_session: Session) -> None:
    now = utc.now()
    bo = make_agent("Bo", now)
    settings.change(bo, now, maximum_capacity=20)
    ids = []
    for person in waiting(12, now):
        send = replies.reply(person.customer, bo, "Hi", f"key-{next(numbers)}", now).send
        assert send is not None
        assert sends.claim(send.id, "worker", now) is not None
        ids.append(send.id)
    db.commit()
    at_once(environment, work.echo_or_answer, [(ids, False, now), (ids, True, now)])
    assert set(db.session().scalars(sa.select(Send.state))) == {SendState.SENT}
    kinds = Counter(db.session().scalars(sa.select(Item.kind).where(Item.kind != ItemKind.EVENT)))
    assert kinds == {ItemKind.MESSAGE: 12, ItemKind.REPLY: 12}


def test_whatever_several_processes_do_everything_holds(environment: Environment, db_session: Session) -> None:
    """A busy desk in four processes; every deadlock and lost race is begun again, and nothing is left wrong."""
    now = utc.now()
    for number in range(5):
        make_agent(f"Agent {number}", now)
    accounts = [make_account("our.brand"), make_account("our.shop")]
    for number in range(10):
        customers.find_or_welcome(accounts[number % 2], f"93{number:010}", now)
    db.commit()
    done = at_once(environment, anything.anything, [(seed, 6.0, now) for seed in range(4)])
    assert sum(count for one in done for count in one.values()) > 0
    invariants.hold(inbound())
    assert capacity.recount() == {}
    route_all(now)
    invariants.hold(inbound())
    invariants.nobody_waits_beside_a_free_agent(now)
