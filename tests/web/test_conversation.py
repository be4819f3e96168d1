"""Ending a customer's matter, and deciding about failed sends."""

import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from flask import Flask

from igapp import background, db, utc
from igapp.desk import closing, conversations
from igapp.models import Identity, ItemKind, SendState, Status, User
from tests.factories import comment, conversation_of, make_account, make_agent, make_identity, write
from tests.web.conftest import Door
from tests.web.test_timeline import put, sent

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(bo: User, now: datetime) -> Identity:
    """Bo's customer, who waits for an answer."""
    identity = make_identity(make_account(), "Ana")
    write(identity, "Hello?", now=now)
    conversations.assign(conversation_of(identity), bo, now)
    return identity


def test_the_buttons_are_three_and_keep_their_names(enter: Enter, bo: User, ana: Identity) -> None:
    text = enter(bo).get(f"/customers/{ana.customer_id}/head").text
    places = [text.index(f">{name}</button>") for name in ("Close", "Next", "Close &amp; Next")]
    assert places == sorted(places)
    assert 'button--main" formaction="/next"' in text


def test_opening_a_profile_has_the_comments_read_again_that_wait_for_an_answer(
    app: Flask, enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    answered, waiting = comment(ana), comment(ana)
    comment(ana, is_live=True)
    closing.no_reply_needed(conversation_of(ana), bo, now, answered.session)
    door = enter(bo)
    app.extensions["courier"].flush()
    app.extensions["redis"].flushall()
    door.get(f"/customers/{ana.customer_id}")
    app.extensions["courier"].flush()
    (job,) = background.queue(app.extensions["redis"], "maintenance").jobs
    assert (job.func_name, job.args) == ("igapp.jobs.recheck_comment", [waiting.id])


def test_closing_with_an_unanswered_message_asks_first(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/conversations/{conversation_of(ana).id}/closing")
    assert answer.status_code == 422
    assert "Close without a reply?" in answer.text
    assert conversation_of(ana).status == Status.OPEN


def test_it_is_closed_when_that_was_meant(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/conversations/{conversation_of(ana).id}/closing", is_sure="1")
    assert answer.location == f"/customers/{ana.customer_id}"
    assert conversation_of(ana).status == Status.CLOSED


def test_a_page_that_did_not_know_of_the_message_is_told(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/conversations/{conversation_of(ana).id}/closing", htmx=True)
    assert answer.headers["HX-Retarget"] == "#said"
    assert "Ana wrote meanwhile" in answer.text


def test_a_message_that_comes_while_the_button_is_pressed_is_not_closed_away(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    closing.no_reply_needed(conversation_of(ana), bo, now)
    door = enter(bo)
    path, form = f"/conversations/{conversation_of(ana).id}/closing", {"csrf_token": door.token()}
    db.commit()
    with ThreadPoolExecutor() as pool:
        comment(ana)  # not committed yet
        pressed = pool.submit(contextvars.Context().run, door.client.post, path, data=form, buffered=True)
        time.sleep(0.5)
        db.commit()
        assert pressed.result().status_code == 422
    assert not conversation_of(ana).is_closed


def test_close_and_next_closes_and_opens_the_next(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    lena = make_identity(ana.account, "Lena")
    write(lena, now=now)
    form = {"is_sure": "1", "then": "next", "mine": "1", "open": str(ana.customer_id)}
    answer = enter(bo).post(f"/conversations/{conversation_of(ana).id}/closing", htmx=True, **form)
    assert answer.headers["HX-Redirect"] == f"/customers/{lena.customer_id}?compose=1"
    assert conversation_of(ana).status == Status.CLOSED


def test_close_and_next_closes_also_when_nobody_waits(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/conversations/{conversation_of(ana).id}/closing", htmx=True, is_sure="1", then="next")
    assert "Nobody is waiting." in answer.text
    assert conversation_of(ana).status == Status.CLOSED


def test_close_and_next_closes_also_while_messaging_is_off(enter: Enter, bo: User, ana: Identity) -> None:
    bo.agent.is_available = False
    enter(bo).post(f"/conversations/{conversation_of(ana).id}/closing", htmx=True, is_sure="1", then="next")
    assert conversation_of(ana).status == Status.CLOSED


def test_no_reply_needed_ends_the_waiting_and_can_be_undone(enter: Enter, bo: User, ana: Identity) -> None:
    door, number = enter(bo), conversation_of(ana).id
    answer = door.post(f"/conversations/{number}/no-reply-needed", htmx=True)
    assert ">Undo</button>" in answer.text
    assert "No Reply Needed" not in answer.text
    assert conversation_of(ana).status == Status.WAITING
    answer = door.post(f"/conversations/{number}/no-reply-needed/undo", htmx=True)
    assert "No Reply Needed" in answer.text
    assert conversation_of(ana).needs_attention


def test_no_reply_needed_twice_is_refused_in_words(enter: Enter, bo: User, ana: Identity) -> None:
    door, number = enter(bo), conversation_of(ana).id
    door.post(f"/conversations/{number}/no-reply-needed")
    assert "Nothing here waits for a reply." in door.post(f"/conversations/{number}/no-reply-needed", htmx=True).text


def test_g_s2_retry_queues_what_failed(enter: Enter, bo: User, ana: Identity) -> None:
    send = sent(put(ana, ItemKind.REPLY, text="Hi", author=bo), SendState.FAILED)
    db.session().flush()
    door = enter(bo)
    assert door.post(f"/sends/{send.id}/retry", htmx=True).status_code == 204
    assert send.state == SendState.QUEUED
    assert door.post(f"/sends/{send.id}/retry", htmx=True).status_code == 422


def test_discard_gives_it_up(enter: Enter, bo: User, ana: Identity) -> None:
    send = sent(put(ana, ItemKind.REPLY, text="Hi", author=bo), SendState.FAILED)
    db.session().flush()
    assert enter(bo).post(f"/sends/{send.id}/discarding").location == f"/customers/{ana.customer_id}"
    assert send.state == SendState.DISCARDED


@pytest.mark.parametrize(
    "path", ["/conversations/999/closing", "/conversations/999/no-reply-needed", "/sends/999/retry"]
)
def test_what_does_not_exist_is_not_there(enter: Enter, bo: User, path: str) -> None:
    assert enter(bo).post(path).status_code == 404
