"""Search at the door: live results and a page, with the matching line marked and nothing unescaped."""

from collections.abc import Callable
from datetime import datetime

import pytest

from igapp import utc
from igapp.models import Identity, User
from igapp.web import texts
from tests.factories import make_account, make_agent, make_identity, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(now: datetime) -> Identity:
    identity = make_identity(make_account(), "Ana <b>Silva</b>")
    write(identity, "Is the <i>green</i> couch back?", now=now)
    return identity


@pytest.mark.parametrize("path", ["/search", "/search/found"])
def test_a_message_is_found_with_its_line_marked(enter: Enter, bo: User, ana: Identity, path: str) -> None:
    text = enter(bo).get(f"{path}?q=couch+gre").text
    assert "Is the &lt;i&gt;<mark>gre</mark>en&lt;/i&gt; <mark>couch</mark> back?" in text


def test_a_customer_is_found_by_name(enter: Enter, bo: User, ana: Identity) -> None:
    text = enter(bo).get("/search/found?q=silv").text
    assert "Ana &lt;b&gt;<mark>Silv</mark>a&lt;/b&gt;" in text
    assert f'href="/customers/{ana.customer_id}"' in text


def test_a_found_message_leads_to_its_place(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    for number in range(60):
        write(ana, f"more {number}", now=now + utc.seconds(number + 1))
    door = enter(bo)
    link = door.get("/search/found?q=couch").text.split('href="')[1].split('"')[0]
    text = door.get(link.split("#")[0]).text
    assert "couch back?" in text
    assert f'id="{link.split("#")[1]}"' in text
    assert "more 59" not in text.split('class="timeline__items"')[1].split("composer")[0]
    assert "Newest messages" in text


def test_nothing_is_said_to_be_nothing(enter: Enter, bo: User, ana: Identity) -> None:
    assert "Nothing was found." in enter(bo).get("/search/found?q=zebra").text
    assert "hidden" in enter(bo).get("/search/found?q=").text


def test_a_mark_is_never_markup_from_outside() -> None:
    assert (
        str(texts.marked("<script>x</script>", "script")) == "&lt;<mark>script</mark>&gt;x&lt;/<mark>script</mark>&gt;"
    )
