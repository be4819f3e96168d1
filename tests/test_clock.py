"""The clock: what is due is done, without Redis too, and each duty for itself."""

import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import clock, clock_process, db, utc
from igapp.desk import hours, reports, retention
from igapp.desk.figures import Period
from igapp.instagram import tokens
from igapp.models import Account, Agent, Event, Offer, OfferState, Outcome, Presence, RetentionRun, Role
from tests import factories
from tests.infra.stage import Stage
from tests.instagram import wire
from tests.instagram.stage import connect_by_hand


@pytest.fixture(autouse=True)
def looking() -> Iterator[None]:
    with db.reading():
        yield


@pytest.fixture
def account(db_session: Session) -> Account:
    return connect_by_hand()


def wait_a_little() -> None:
    db.change(sa.update(Event).values(next_try_at=utc.now() - timedelta(seconds=clock.LATE_SECONDS + 1)))
    db.commit()


def outcomes() -> list[Outcome]:
    db.session().rollback()
    return list(db.session().scalars(sa.select(Event.outcome).order_by(Event.id)))


def test_events_are_applied_without_redis(make_app: Any, account: Account) -> None:
    app = make_app(REDIS_URL="redis://127.0.0.1:1/0")
    wire.send(app.test_client(), wire.body(wire.text()))
    wait_a_little()
    with app.app_context():
        assert clock.once(["lanes"])
    assert outcomes() == [Outcome.APPLIED]


def test_events_that_a_worker_is_about_to_drain_are_left_to_it(client: FlaskClient, account: Account) -> None:
    wire.send(client, wire.body(wire.text()))
    clock.once(["lanes"])
    assert outcomes() == [Outcome.PENDING]


def test_an_offer_that_nobody_answered_goes_to_the_next_agent(account: Account) -> None:
    factories.make_agent("Bo")
    factories.make_agent("Cy")
    factories.write(factories.make_identity(account))
    db.commit()
    clock.once(["offers"])
    first = db.session().scalars(sa.select(Offer)).one()
    db.change(sa.update(Offer).values(expires_at=utc.now() - timedelta(seconds=1)))
    db.commit()
    clock.once(["offers"])
    offers = db.session().scalars(sa.select(Offer).order_by(Offer.id)).all()
    assert [offer.state for offer in offers] == [OfferState.MISSED, OfferState.OFFERED]
    assert offers[1].agent_id != first.agent_id


def test_a_load_that_is_wrong_is_put_right_and_reported(db_session: Session, caplog: pytest.LogCaptureFixture) -> None:
    bo = factories.make_agent("Bo")
    bo.agent.load = 3
    db.commit()
    clock.once(["load"])
    db_session.expire_all()
    assert db_session.get_one(Agent, bo.id).load == 0
    assert "load_was_wrong" in caplog.text


def test_one_duty_that_fails_holds_up_no_other(app: Flask, db_session: Session) -> None:
    done: list[str] = []

    def fail(_now: Any) -> None:
        raise RuntimeError("a bug")

    duties = [clock.Duty("broken", fail), clock.Duty("sound", lambda _now: done.append("sound"))]
    clock_process.Clock(duties).tick(time.monotonic())
    assert done == ["sound"]


def test_each_duty_has_its_own_rhythm(app: Flask, db_session: Session) -> None:
    done: list[str] = []
    duties = [
        clock.Duty("often", lambda _now: done.append("often")),
        clock.Duty("seldom", lambda _now: done.append("seldom"), every_seconds=10),
    ]
    ticking = clock_process.Clock(duties)
    for moment in range(5):
        ticking.tick(1000.0 + moment)
    assert (done.count("often"), done.count("seldom")) == (5, 1)


def test_all_duties_on_an_empty_database_go_well(db_session: Session) -> None:
    assert clock.once(clock.NAMES)


def test_g_s7_tokens_and_subscriptions_are_looked_after_daily(app: Flask, account: Account) -> None:
    lately = {"token_refreshed_at": utc.now(), "subscription_checked_at": utc.now()}
    db.change(sa.update(Account).values(token_encrypted=tokens.sealed("a token"), **lately))
    db.commit()
    clock.once(["tokens", "subscriptions"])
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:maintenance") == 0
    yesterday = utc.now() - timedelta(hours=25)
    db.change(sa.update(Account).values(token_refreshed_at=yesterday, subscription_checked_at=yesterday))
    db.commit()
    clock.once(["tokens", "subscriptions"])
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:maintenance") == 2


def test_a_token_that_no_key_opens_is_looked_at_without_delay(app: Flask, account: Account) -> None:
    db.change(sa.update(Account).values(token_encrypted="sealed with a lost key", token_refreshed_at=utc.now()))
    db.commit()
    clock.once(["tokens"])
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:maintenance") == 1


def test_whoever_asks_for_a_duty_by_name_gets_it_however_lately_it_was_done(app: Flask, account: Account) -> None:
    lately = {"token_refreshed_at": utc.now(), "subscription_checked_at": utc.now(), "gaps_started_at": utc.now()}
    db.change(sa.update(Account).values(**lately))
    db.commit()
    for number, name in enumerate(("tokens", "subscriptions", "gaps"), 1):
        assert clock.at_once(name)
        app.extensions["courier"].flush()
        assert app.extensions["redis"].llen("rq:queue:maintenance") == number


def test_whoever_asks_for_the_reports_gets_all_of_today(account: Account) -> None:
    customer = factories.make_identity(account)
    db.commit()
    assert clock.at_once("reports")
    factories.write(customer)
    db.commit()
    clock.once(["reports"])
    assert inbound_today() == 0
    assert clock.at_once("reports")
    assert inbound_today() == 1


def test_whoever_asks_for_retention_begins_a_pass(account: Account, db_session: Session) -> None:
    ada = factories.make_user("Ada", Role.ADMIN)
    retention.change(retention.Retention(event_days=30), ada, utc.now())
    db.commit()
    for passes in (1, 2):
        assert clock.at_once("retention")
        assert len(retention.latest()) == passes
        db.change(sa.update(RetentionRun).values(ended_at=utc.now()))
        db.commit()


def inbound_today() -> int:
    db.session().rollback()
    return reports.totals(Period(hours.today(utc.now()), hours.today(utc.now())), reports.Scope()).inbound


@pytest.mark.chaos
def test_the_clock_ends_within_a_second_of_being_told(own_product: Stage) -> None:
    own_product.start("clock")
    process = own_product.process("clock")
    own_product.wait_until_said("clock", "clock_started")
    began = time.monotonic()
    process.signal(signal.SIGTERM)
    process.popen.wait(5)
    assert (process.popen.returncode, time.monotonic() - began < 1) == (0, True)


def offers_of(stage: Stage) -> list[tuple[int, int]]:
    with stage.app.app_context(), db.reading():
        return [(offer.conversation_id, offer.agent_id) for offer in db.session().scalars(sa.select(Offer))]


@pytest.mark.chaos
def test_two_clocks_do_no_harm(own_product: Stage) -> None:
    with own_product.app.app_context():
        account = connect_by_hand()
        for number in range(10):
            factories.make_agent(f"Agent {number}")
            factories.write(factories.make_identity(account, f"Customer {number}"))
        db.change(sa.update(Presence).values(seen_at=utc.now() + timedelta(minutes=5)))
        db.commit()
    own_product.start("clock")
    first = own_product.process("clock")
    own_product.start("clock")
    deadline = time.monotonic() + 30
    while len(offers_of(own_product)) < 10 or own_product.log("clock").count("clock_started") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(2)
    first.stop()
    offers = offers_of(own_product)
    assert len(offers) == len({conversation for conversation, _ in offers}) == 10
    assert len({agent for _, agent in offers}) == 10
    assert "duty_failed" not in own_product.log("clock")
