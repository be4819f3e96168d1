"""The composer: the window, the limit, sending once."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.models import Identity, Item, ItemKind, Send, User
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_user, write
from tests.infra.counting import queries
from tests.web.conftest import Door

Enter = Callable[..., Door]

EVERYTHING = str(2**40)
"""The number of an item that is newer than all."""
MOST_STATEMENTS = 20
"""For an answer and the response that carries its item; SQLite's BEGIN is one, too."""


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(now: datetime) -> Identity:
    """Ana, who wrote an hour ago."""
    identity = make_identity(make_account(), "Ana")
    write(identity, "Hello?", now=now - utc.hours(1))
    return identity


def replies() -> list[str | None]:
    return list(db.session().scalars(sa.select(Item.text).where(Item.kind == ItemKind.REPLY).order_by(Item.id)))


def test_the_answer_carries_the_new_item_and_an_empty_composer(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/customers/{ana.customer_id}/replies", htmx=True, key="k1", text="Hi Ana")
    assert answer.status_code == 200
    assert 'aria-label="Reply by Bo"' in answer.text
    assert "<b>Sending</b>" in answer.text
    assert 'hx-swap-oob="beforeend:#newest"' in answer.text
    assert "Hello?" not in answer.text
    assert "></textarea>" in answer.text
    assert 'value="k1"' not in answer.text


def test_g_v4_an_answer_takes_few_statements_however_long_the_thread_is(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    door = enter(bo)
    path, form = f"/customers/{ana.customer_id}/replies", {"lane": f"dm:{ana.id}", "token": door.token()}
    door.post(path, htmx=True, key="k0", text="The first one takes the customer", **form)
    short = queries(lambda: door.post(path, htmx=True, key="k1", seen=EVERYTHING, text="Hi", **form))
    for number in range(60):
        write(ana, f"Message {number}", now=now - utc.minutes(30) + utc.seconds(number))
    assert queries(lambda: door.post(path, htmx=True, key="k2", seen=EVERYTHING, text="Hi", **form)) == short
    assert short <= MOST_STATEMENTS
    assert len(replies()) == 3


def test_without_scripts_the_page_comes_again_with_the_item(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    answer = door.post(f"/customers/{ana.customer_id}/replies", key="k1", text="Hi Ana")
    assert answer.status_code == 303
    assert "Hi Ana" in door.get(answer.location).text


def test_g_s11_the_same_click_twice_sends_once(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    for _ in range(2):
        assert door.post(f"/customers/{ana.customer_id}/replies", htmx=True, key="k1", text="Hi Ana").status_code == 200
    assert replies() == ["Hi Ana"]


def key_of(door: Door, ana: Identity) -> str:
    return door.get(f"/customers/{ana.customer_id}/composer").text.split('name="key" value="')[1].split('"')[0]


def test_g_s11_what_stands_in_two_tabs_is_sent_once(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}/replies"
    first = key_of(door, ana)
    write(ana, "Are you there?", now=now)
    second = key_of(door, ana)
    for key in (first, second):
        assert door.post(path, htmx=True, key=key, text="Hi Ana").status_code == 200
    assert replies() == ["Hi Ana"]


def test_other_words_from_a_second_tab_are_sent_too(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}/replies"
    key = key_of(door, ana)
    for text in ("Hi Ana", "Hi Ana", "How are you?", "How are you?"):
        assert door.post(path, htmx=True, key=key, text=text).status_code == 200
    assert replies() == ["Hi Ana", "How are you?"]


def test_the_same_words_may_be_sent_again_later(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}/replies"
    for _ in range(2):
        door.post(path, htmx=True, key=key_of(door, ana), text="Thanks!")
    assert replies() == ["Thanks!", "Thanks!"]
    cy = enter(make_agent("Cy"))
    assert key_of(cy, ana) != key_of(door, ana)


def test_a_refused_text_stays_beside_the_reason(enter: Enter, bo: User, ana: Identity) -> None:
    long = "é" * 641
    answer = enter(bo).post(f"/customers/{ana.customer_id}/replies", htmx=True, key="k1", text=long)
    assert answer.status_code == 422
    assert f">{long}</textarea>" in answer.text
    assert 'value="k1"' in answer.text
    assert 'role="alert"' in answer.text
    assert "641 characters" in answer.text
    assert replies() == []


def test_a_refused_text_stays_on_the_page_without_scripts(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/customers/{ana.customer_id}/replies", key="k1", text="x" * 700)
    assert answer.status_code == 422
    assert "x" * 700 in answer.text
    assert "<h1>Ana" in answer.text


def test_an_empty_message_is_refused(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/customers/{ana.customer_id}/replies", htmx=True, key="k1", text="  \n ")
    assert "Write a message first." in answer.text


def test_640_characters_are_taken_whatever_their_bytes_are_counted_as(enter: Enter, bo: User, ana: Identity) -> None:
    answer = enter(bo).post(f"/customers/{ana.customer_id}/replies", htmx=True, key="k1", text="x" * 640)
    assert answer.status_code == 200


def test_it_says_what_remains_of_the_window(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    ana.window_opened_at = now - utc.days(6) - utc.hours(17) - utc.minutes(30)
    assert "6 h left to reply" in enter(bo).get(f"/customers/{ana.customer_id}/composer").text


def test_a_closed_window_shuts_it_and_says_why(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    ana.window_opened_at = now - utc.days(8)
    door = enter(bo)
    text = door.get(f"/customers/{ana.customer_id}/composer").text
    assert "7 days to reply are over" in text
    assert 'disabled aria-describedby="composer-reason"' in text
    refused = door.post(f"/customers/{ana.customer_id}/replies", htmx=True, key="k1", text="late")
    assert refused.status_code == 422
    assert replies() == []


def test_nobody_can_be_written_to_first(enter: Enter, bo: User, now: datetime) -> None:
    lena = make_identity(make_account(), "Lena")
    text = enter(bo).get(f"/customers/{lena.customer_id}/composer").text
    assert "has not sent a message yet" in text
    assert "disabled" in text


def test_answering_takes_an_unassigned_conversation(enter: Enter, bo: User, ana: Identity) -> None:
    enter(bo).post(f"/customers/{ana.customer_id}/replies", key="k1", text="Hi")
    assert conversation_of(ana).agent_id == bo.id


def test_a_customer_of_several_accounts_is_answered_through_the_chosen_one(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    other = make_identity(make_account("our.outlet"), "Ana")
    other.customer = ana.customer
    write(other, "Here too", now=now)
    door = enter(bo)
    text = door.get(f"/customers/{ana.customer_id}/composer").text
    assert "Direct message · @our.brand" in text
    assert "Direct message · @our.outlet" in text
    door.post(f"/customers/{ana.customer_id}/replies", key="k1", text="Hi", lane=f"dm:{ana.id}")
    assert db.session().scalar(sa.select(Send.identity_id)) == ana.id


def test_a_colleague_may_answer_too(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    enter(bo).post(f"/customers/{ana.customer_id}/replies", key="k1", text="Hi")
    enter(make_user("Cy")).post(f"/customers/{ana.customer_id}/replies", key="k2", text="Me too")
    assert replies() == ["Hi", "Me too"]
    assert conversation_of(ana).agent_id == bo.id
