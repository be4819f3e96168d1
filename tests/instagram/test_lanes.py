"""Lanes: in order, one worker at a time, and a bad event fails alone."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import db, jobs, utc
from igapp.desk import erasures, ledger, timeline, wiping
from igapp.instagram import lanes
from igapp.models import Account, AccountState, Conversation, Customer, Event, Identity, Item, Outcome
from tests.desk.acts import queued
from tests.instagram import wire

MINUTE = 60_000


def nothing() -> None:
    """Routes nothing."""


def drain() -> int:
    return lanes.drain(0, 60, nothing)


def test_events_are_applied_in_the_order_of_the_platforms_times(
    client: FlaskClient, account: Account, items: Callable[[], list[Item]]
) -> None:
    for minute in (3, 1, 2):
        wire.send(client, wire.body(wire.text(f"minute {minute}", at=wire.START + minute * MINUTE)))
    assert drain() == 3
    assert [item.text for item in items()] == ["minute 1", "minute 2", "minute 3"]
    assert [item.text for item in sorted(items(), key=lambda item: item.id)] == ["minute 1", "minute 2", "minute 3"]


def test_g_d2_two_first_messages_make_one_customer_and_one_conversation(
    client: FlaskClient, account: Account, db_session: Session
) -> None:
    wire.send(client, wire.body(wire.text(), wire.text()))
    drain()
    counts = [
        db_session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Customer, Conversation, Item)
    ]
    assert counts == [1, 1, 2]


def test_a_full_batch_does_not_end_the_drain(client: FlaskClient, account: Account, db_session: Session) -> None:
    wire.send(client, wire.body(*(wire.text(sender=str(number % 40)) for number in range(3 * lanes.BATCH + 7))))
    assert drain() == 3 * lanes.BATCH + 7
    assert ledger.status()["applied"] == 3 * lanes.BATCH + 7


def test_a_message_that_came_again_under_another_key_is_one_item(
    client: FlaskClient, account: Account, items: Callable[[], list[Item]]
) -> None:
    wire.send(client, wire.body(wire.text(name="m1")))
    drain()
    wire.send(client, wire.body(wire.text(name="m1"), account=wire.OTHER_ID))
    drain()
    assert len(items()) == 1


@pytest.fixture
def spoiled(client: FlaskClient, account: Account, db_session: Session) -> int:
    """Three messages of which the second cannot be applied: its customer is merged into one that is not there."""
    for sender in ("1", "2", "3"):
        wire.send(client, wire.body(wire.text("fine", sender=sender)))
    customer = Customer(created_at=utc.now())
    db_session.add(Identity(account=account, igsid="2", customer=customer))
    db_session.flush()
    broken = Conversation(
        customer=customer, inbox=account.inbox, opened_at=utc.now(), arrived_at=utc.now(), offered_to_id=None
    )
    db_session.add(broken)
    db_session.flush()
    db_session.execute(sa.text("UPDATE conversations SET status = 'nonsense'"))
    db_session.commit()
    return db_session.scalars(sa.select(Event.id).where(Event.igsid == "2")).one()


def test_a_bad_event_fails_alone_and_is_tried_again_later(
    spoiled: int, db_session: Session, items: Callable[[], list[Item]]
) -> None:
    drain()
    assert len(items()) == 2
    event = db_session.get_one(Event, spoiled)
    assert (event.outcome, event.attempts) == (Outcome.PENDING, 1)
    assert event.reason
    assert event.next_try_at > utc.now()


def test_a_bad_event_is_parked_after_several_tries_and_replayed_once_mended(
    spoiled: int, db_session: Session, items: Callable[[], list[Item]]
) -> None:
    for _ in range(len(lanes.PAUSES) + 1):
        db_session.execute(sa.update(Event).values(next_try_at=utc.now() - timedelta(seconds=1)))
        db_session.commit()
        drain()
    assert db_session.get_one(Event, spoiled).outcome == Outcome.FAILED
    db_session.execute(sa.text("UPDATE conversations SET status = 'new' WHERE status = 'nonsense'"))
    db_session.commit()
    assert jobs.put_back([spoiled]) == 1
    drain()
    db_session.expire_all()
    assert db_session.get_one(Event, spoiled).outcome == Outcome.APPLIED
    assert len(items()) == 3


def test_replay_takes_ignored_events_only_when_asked(client: FlaskClient, db_session: Session) -> None:
    wire.send(client, wire.body(wire.text()))
    drain()
    assert jobs.put_back([]) == 0
    assert jobs.put_back([], with_ignored=True) == 1
    assert ledger.status()["pending"] == 1


def test_what_was_blanked_is_not_replayed(client: FlaskClient, db_session: Session) -> None:
    wire.send(client, wire.body(wire.text()))
    drain()
    wiping.events(sa.true(), utc.now())
    db_session.commit()
    assert jobs.put_back([], with_ignored=True) == 0
    assert ledger.status()["ignored"] == 1


def test_the_ledgers_counts_add_up(client: FlaskClient, account: Account) -> None:
    for body in (wire.body(wire.text(name="m1")), wire.body(wire.text(name="m1")), wire.body(wire.item()), b"no json"):
        wire.send(client, body)
    drain()
    status = ledger.status()
    sends = status.pop("sends")
    assert status == {"received": 3, "pending": 0, "applied": 1, "ignored": 1, "failed": 1, "duplicates": 1}
    assert sends == dict.fromkeys(("queued", "waiting", "sending", "sent", "failed", "checking", "discarded"), 0)


def test_g_l2_what_comes_while_a_lane_is_drained_is_not_left_behind(
    app: Flask, client: FlaskClient, account: Account, db_session: Session
) -> None:
    wire.send(client, wire.body(wire.text()))
    coming = [wire.text()]

    def another_comes() -> None:
        while coming:
            wire.send(client, wire.body(coming.pop()))

    assert lanes.drain(0, 60, another_comes) == 2


def test_workers_that_drain_at_once_apply_everything_once(
    app: Flask, client: FlaskClient, account: Account, db_session: Session
) -> None:
    for batch in range(5):
        wire.send(client, wire.body(*(wire.text(sender=str(number)) for number in range(batch * 40, batch * 40 + 40))))

    def work(number: int) -> None:
        with app.app_context():
            lanes.drain(number, 60, nothing)

    workers = [threading.Thread(target=work, args=(number * 64,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert ledger.status()["applied"] == 200
    assert db_session.scalar(sa.select(sa.func.count()).select_from(Item).where(Item.is_inbound)) == 200


def test_an_event_that_nobody_drains_is_found(client: FlaskClient, account: Account, db_session: Session) -> None:
    assert lanes.late(utc.now(), 0) is None
    db_session.rollback()
    wire.send(client, wire.body(wire.text()))
    lane = db_session.scalars(sa.select(Event.lane)).one()
    assert lanes.late(utc.now(), 0) == lane
    assert lanes.late(utc.now(), 60) is None


def test_a_drain_out_of_time_rings_for_the_rest(
    app: Flask, client: FlaskClient, account: Account, db_session: Session
) -> None:
    wire.send(client, wire.body(*(wire.text() for _ in range(lanes.BATCH + 50))))
    assert "drain" in queued(app, lambda: lanes.drain(0, 0, nothing))
    assert ledger.status()["pending"] == 50


def test_the_account_remembers_when_it_last_heard_something(client: FlaskClient, account: Account) -> None:
    wire.send(client, wire.body(wire.text()))
    drain()
    db.session().refresh(account)
    assert account.last_event_at is not None


def test_an_account_that_is_disconnected_hears_nothing(client: FlaskClient, account: Account) -> None:
    account.state = AccountState.DISCONNECTED
    db.commit()
    wire.send(client, wire.body(wire.text()))
    drain()
    db.session().refresh(account)
    assert account.last_event_at is None


def test_an_event_points_to_the_item_that_it_made(client: FlaskClient, account: Account, db_session: Session) -> None:
    wire.send(client, wire.body(wire.text(name="m1")))
    drain()
    event = db_session.scalars(sa.select(Event)).one()
    item = timeline.by_platform_id(account.id, "m1")
    assert item is not None
    assert event.item_id == item.id
    assert event.ended_at is not None


def test_of_what_is_from_before_somebody_was_erased_the_ledger_keeps_the_outcome_alone(
    client: FlaskClient, account: Account, db_session: Session
) -> None:
    wire.send(client, wire.body(wire.text("first", name="m1")))
    drain()
    identity = db_session.scalars(sa.select(Identity)).one()
    erasures.of_customer(identity.customer, None, utc.now())
    db_session.commit()
    wire.send(client, wire.body(wire.text("again", name="m2"), wire.text("of somebody else", sender=wire.ANA)))
    drain()
    event = db_session.scalars(sa.select(Event).where(Event.outcome == Outcome.IGNORED)).one()
    assert event.reason == "From before this person was erased."
    assert (event.body, event.igsid, event.platform_id) == ("", None, None)
    assert "m2" not in event.event_key
    assert ledger.status()["received"] == 3
    texts = db_session.scalars(sa.select(Item.text).where(Item.is_inbound))
    assert set(texts) == {"first", "of somebody else"}
