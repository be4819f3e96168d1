"""My Customers and the controls above them."""

from collections.abc import Callable
from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import conversations, settings
from igapp.models import Identity, Role, User
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_user, write
from tests.infra.counting import queries
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


def hold(agent: User, identity: Identity, now: datetime) -> None:
    conversations.assign(conversation_of(identity), agent, now)


def test_an_empty_desk_says_what_to_do(enter: Enter, now: datetime) -> None:
    assert "Switch Messaging on to receive requests." in enter(make_user("Cy")).get("/").text


def test_an_empty_desk_says_that_no_account_is_connected(enter: Enter, now: datetime) -> None:
    ada, cy = make_user("Ada", Role.ADMIN), make_user("Cy")
    for path in ("/", "/inboxes"):
        assert '<a class="link" href="/settings/accounts">Connect one</a>' in enter(ada).get(path).text
    assert "Ask an administrator to connect one." in enter(cy).get("/").text
    make_account()
    assert "No Instagram account is connected" not in enter(ada).get("/").text


def test_a_card_leads_to_the_profile_and_says_what_was_said(enter: Enter, bo: User, now: datetime) -> None:
    ana = make_identity(make_account(), "Ana")
    write(ana, "Where is my parcel?", now=now)
    hold(bo, ana, now)
    text = enter(bo).get("/desk/customers").text
    assert f'href="/customers/{ana.customer_id}"' in text
    assert "Where is my parcel?" in text
    assert "needs attention" in text
    assert "1 of 3" in text


def test_a_card_has_the_clock_that_runs_out_first(enter: Enter, bo: User, now: datetime) -> None:
    ana = make_identity(make_account(sla_minutes=60), "Ana")
    write(ana, now=now - utc.minutes(20))
    hold(bo, ana, now)
    assert "39 min" in enter(bo).get("/desk/customers").text
    assert "chip--soon" not in enter(bo).get("/desk/customers").text


@pytest.mark.parametrize(("minutes", "words"), [(50, "chip--soon"), (65, "chip--late"), (65, "due 5 min ago")])
def test_a_clock_turns_amber_and_then_red(enter: Enter, bo: User, now: datetime, minutes: int, words: str) -> None:
    ana = make_identity(make_account(sla_minutes=60), "Ana")
    write(ana, now=now - utc.minutes(minutes))
    hold(bo, ana, now)
    assert words in enter(bo).get("/desk/customers").text


def test_the_number_of_queries_of_the_desk_does_not_grow(enter: Enter, bo: User, now: datetime) -> None:
    account = make_account()
    door = enter(bo)

    def queries_with(customers: int) -> int:
        for _ in range(customers):
            identity = make_identity(account)
            write(identity, now=now)
            hold(bo, identity, now)
        db.commit()
        return queries(lambda: door.get("/"))

    assert queries_with(1) == queries_with(9)


def test_the_bubble_counts_who_waits(enter: Enter, now: datetime) -> None:
    account = make_account()
    for name in ("Ana", "Lena"):
        write(make_identity(account, name), now=now)
    text = enter(make_user("Cy")).get("/desk/controls").text
    assert "Waiting customers: </span>2" in text


def test_the_switch_turns_messaging_on_and_off(enter: Enter, now: datetime) -> None:
    cy = make_user("Cy")
    door = enter(cy)
    assert 'aria-checked="true"' in door.post("/availability", htmx=True, is_on="1").text
    assert cy.agent.is_available
    assert door.post("/availability", is_on="0").status_code == 303
    assert not cy.agent.is_available


def test_next_opens_whoever_waits_longest(enter: Enter, bo: User, now: datetime) -> None:
    ana = make_identity(make_account(), "Ana")
    write(ana, now=now)
    answer = enter(bo).post("/next")
    assert answer.location == f"/customers/{ana.customer_id}?compose=1"
    assert conversation_of(ana).agent_id == bo.id


def test_next_says_that_nobody_waits(enter: Enter, bo: User) -> None:
    answer = enter(bo).post("/next", htmx=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#said")
    assert "Nobody is waiting." in answer.text


def test_next_says_that_messaging_is_off(enter: Enter, now: datetime) -> None:
    door = enter(make_user("Cy"))
    assert "Switch Messaging on" in door.get(door.post("/next").location).text


def test_next_says_that_the_maximum_is_reached(enter: Enter, bo: User, now: datetime) -> None:
    settings.change(bo, now, standard_capacity=1, maximum_capacity=1)
    account = make_account()
    ana, lena = make_identity(account, "Ana"), make_identity(account, "Lena")
    write(ana, now=now)
    hold(bo, ana, now)
    write(lena, now=now)
    assert "You have 1 of 1 customers." in enter(bo).post("/next", htmx=True).text


def test_the_next_of_a_conversation_goes_to_ones_own_first(enter: Enter, bo: User, now: datetime) -> None:
    account = make_account()
    ana, lena = make_identity(account, "Ana"), make_identity(account, "Lena")
    write(ana, now=now)
    hold(bo, ana, now)
    write(lena, now=now)
    bo.agent.paused_at = now
    answer = enter(bo).post("/next", mine="1", open=str(lena.customer_id))
    assert answer.location == f"/customers/{ana.customer_id}?compose=1"
    assert bo.agent.paused_at is None


def test_a_theme_is_kept(enter: Enter, bo: User) -> None:
    door = enter(bo)
    door.post("/me/theme", theme="dark")
    assert '<html lang="en" data-theme="dark">' in door.get("/").text
    door.post("/me/theme", theme="neon")
    assert bo.theme == "dark"


def test_search_finds_customers_and_what_they_wrote(enter: Enter, bo: User, now: datetime) -> None:
    ana = make_identity(make_account(), "Ana Lima")
    write(ana, "The couch is blue", now=now)
    door = enter(bo)
    assert f'href="/customers/{ana.customer_id}"' in door.get("/search?q=lima").text
    assert "is blue" in door.get("/search?q=couch").text
    assert "Nothing was found." in door.get("/search?q=sofa").text


def test_search_takes_anything(enter: Enter, bo: User) -> None:
    for query in ("", "%27%22", "x" * 3000, "AND%20OR%20(", "*"):
        assert enter(bo).get(f"/search?q={query}").status_code == 200
