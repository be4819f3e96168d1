"""Teammates on one profile see each other."""

from collections.abc import Callable

import pytest
from flask import Flask

from igapp import bell, redislink
from igapp.models import Identity, User
from tests.factories import make_account, make_agent, make_identity, make_user
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def bo(db_session: object) -> User:
    return make_agent("Bo")


@pytest.fixture
def ana(db_session: object) -> Identity:
    return make_identity(make_account(), "Ana")


def test_who_asks_is_here_and_seen_by_others(enter: Enter, bo: User, ana: Identity) -> None:
    cy, path = make_user("Cy"), f"/customers/{ana.customer_id}/viewers"
    assert "is viewing" not in enter(bo).get(path).text
    assert "Bo is viewing" in enter(cy).get(path).text
    enter(cy).get(f"{path}?typing=1")
    text = enter(bo).get(path).text
    assert "Cy is typing" in text
    assert "every 3s" in text


def test_news_rings_once(app: Flask, enter: Enter, bo: User, ana: Identity) -> None:
    path = f"/customers/{ana.customer_id}/viewers"
    for suffix in ("", "", "?typing=1", "?typing=1"):
        enter(bo).get(path + suffix)
    app.extensions["courier"].flush()
    rings = [topic for _number, topic in bell.listen(redislink.link(), "0-0", 0.1)]
    assert rings.count(f"viewing:{ana.customer_id}") == 2


def test_nobody_of_another_profile_is_shown(enter: Enter, bo: User, ana: Identity) -> None:
    lena = make_identity(ana.account, "Lena")
    enter(bo).get(f"/customers/{ana.customer_id}/viewers")
    assert "Bo" not in enter(make_user("Cy")).get(f"/customers/{lena.customer_id}/viewers").text
