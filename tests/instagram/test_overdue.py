"""Sends that nobody took are called by the clock: losing Redis loses speed, never a message."""

from datetime import timedelta

import sqlalchemy as sa

from igapp import clock, db, utc
from igapp.instagram import outbox, overdue
from igapp.models import Send, SendState
from tests.instagram import wire
from tests.instagram.stage import Stage

MICHELLE = "910000000000002"


def time_passes() -> None:
    """Everything that is owed is owed for longer than the grace."""
    earlier = utc.now() - timedelta(seconds=overdue.GRACE_SECONDS + 1)
    db.change(sa.update(Send).where(Send.next_try_at.is_not(None)).values(next_try_at=earlier))
    db.commit()


def tick() -> None:
    db.session().rollback()
    assert clock.once(["sends"])
    db.session().rollback()


def test_what_nobody_took_goes_out_in_the_order_of_its_thread(stage: Stage) -> None:
    stage.writes()
    ids = [stage.reply(text) for text in ("One", "Two", "Three")]
    time_passes()
    tick()
    tick()
    tick()
    assert stage.sent() == ["One", "Two", "Three"]
    assert [stage.state(one) for one in ids] == [SendState.SENT] * 3


def test_what_a_worker_is_about_to_take_is_left_to_it(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    tick()
    assert stage.state(send_id) == SendState.QUEUED
    assert stage.sent() == []


def test_what_waits_until_later_is_not_called_sooner(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    stage.fault(rate_limit={"rate": 1, "only": ["send"], "minutes": 5})
    time_passes()
    tick()
    tick()
    assert stage.state(send_id) == SendState.WAITING
    assert len(stage.calls("send")) == 1


def test_a_lost_answer_is_looked_for_though_nobody_takes_the_job(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    stage.fault(lost_answers={"rate": 1, "times": 1})
    db.session().rollback()
    outbox.deliver(send_id)
    assert stage.state(send_id) == SendState.CHECKING
    time_passes()
    tick()
    assert stage.state(send_id) == SendState.SENT
    assert stage.sent() == ["Yes, it is."]


def test_slow_calls_are_made_in_slices_so_that_offers_have_their_turn(stage: Stage) -> None:
    stage.writes()
    stage.writes(person="michelle")
    for igsid in (wire.LENA, MICHELLE):
        stage.reply(igsid=igsid)
    stage.fault(slow_answers={"rate": 1, "seconds": [1.2, 1.3], "only": ["send"]})
    time_passes()
    tick()
    assert len(stage.sent()) == 1
    tick()
    assert len(stage.sent()) == 2
