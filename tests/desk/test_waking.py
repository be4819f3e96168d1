"""Routing is woken by whatever changes what waits or who has room, and need not wait for the clock (GUARANTEES R3)."""

from datetime import datetime

import pytest
from flask import Flask

from igapp import background, db, jobs, utc
from igapp.desk import assignments, availability, closing, conversations, offers, routing, settings
from igapp.models import Account, Identity, User
from tests.desk.acts import answer, decline, done, held, offer_of, queued
from tests.factories import conversation_of, make_identity, make_inbox, route_all, write


@pytest.fixture
def ana(account: Account, now: datetime) -> Identity:
    ana = make_identity(account)
    done(write(ana, now=now))
    return ana


def test_a_message_wakes_routing(app: Flask, account: Account, now: datetime) -> None:
    lena = make_identity(account, "Lena")
    assert "route" in queued(app, lambda: write(lena, now=now))


def test_a_message_to_an_agent_who_has_the_customer_wakes_nobody(
    app: Flask, ana: Identity, bo: User, now: datetime
) -> None:
    held(ana, bo, now)
    assert "route" not in queued(app, lambda: write(ana, "And red?", now=now))


def test_a_place_that_becomes_free_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    held(ana, bo, now)
    answer(ana, bo, now)
    assert "route" in queued(app, lambda: closing.close(conversation_of(ana), bo, now))


def test_a_session_that_ends_by_silence_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    held(ana, bo, now)
    session = answer(ana, bo, now).session
    assert session is not None
    assert "route" in queued(app, lambda: closing.end_silent(session.id, now + utc.minutes(15)))


def test_a_declined_offer_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    route_all(now)
    assert "route" in queued(app, lambda: decline(bo, now))


def test_a_missed_offer_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    route_all(now)
    offer = offer_of(bo, now)
    assert offer is not None
    assert "route" in queued(app, lambda: offers.expire(offer.id, now + utc.seconds(30)))


def test_a_withdrawn_offer_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    route_all(now)
    assert "route" in queued(app, lambda: availability.switch(bo, False, now))


def test_switching_messaging_on_wakes_routing(app: Flask, ana: Identity, mia: User, now: datetime) -> None:
    assert "route" in queued(app, lambda: availability.switch(mia, True, now))


def test_an_agent_who_comes_back_wakes_routing_once(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    back_at = now + utc.minutes(1)
    assert "route" in queued(app, lambda: availability.heard_from(bo.id, back_at))
    assert "route" not in queued(app, lambda: availability.heard_from(bo.id, back_at + utc.seconds(10)))


def test_the_end_of_a_pause_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    route_all(now)
    decline(bo, now)
    assert "route" in queued(app, lambda: routing.end_pause(bo, now))


def test_what_was_declined_may_come_back_at_once_though_the_pause_is_over(
    app: Flask, ana: Identity, bo: User, ada: User, now: datetime
) -> None:
    done(settings.change(ada, now, next_delay_seconds=5))
    route_all(now)
    decline(bo, now)
    assert "route" in queued(app, lambda: routing.pauses_over(now + utc.seconds(5)))
    assert "route" in queued(app, lambda: routing.end_pause(bo, now + utc.seconds(6)))


def test_what_an_agent_lets_go_wakes_routing(app: Flask, ana: Identity, bo: User, now: datetime) -> None:
    held(ana, bo, now)
    assert "route" in queued(app, lambda: conversations.unassign(conversation_of(ana), now))


def test_another_inbox_wakes_routing(app: Flask, ana: Identity, mia: User, now: datetime) -> None:
    returns = make_inbox("Returns")
    assert "route" in queued(app, lambda: assignments.to_inbox(conversation_of(ana), returns, mia, now))


def test_what_was_set_aside_and_taken_back_wakes_routing(app: Flask, ana: Identity, mia: User, now: datetime) -> None:
    done(closing.no_reply_needed(conversation_of(ana), mia, now))
    assert "route" in queued(app, lambda: closing.undo_no_reply_needed(conversation_of(ana), mia, now))


def test_a_job_that_has_begun_is_queued_again_when_it_is_asked_for(app: Flask, account: Account, now: datetime) -> None:
    write(make_identity(account), now=now)
    db.commit()
    app.extensions["courier"].flush()
    app.extensions["redis"].delete("rq:queue:ingest")
    jobs.route()
    lena = make_identity(account, "Lena")
    write(lena, now=now)
    db.commit()
    app.extensions["courier"].flush()
    waiting = [job.description for job in background.queue(app.extensions["redis"], "ingest").jobs]
    assert waiting == ["route"]
