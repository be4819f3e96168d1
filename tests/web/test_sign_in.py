"""Signing in and out."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from igapp import db, utc
from igapp.desk import users
from igapp.models import Role, User
from tests.factories import make_user
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def bo(db_session: object) -> User:
    return users.create("bo@our.brand", "Bo", Role.AGENT, "a long password", utc.now())


def test_email_and_password_open_the_desk(enter: Enter, bo: User) -> None:
    door = enter()
    answer = door.post("/login", email="bo@our.brand", password="a long password")
    assert (answer.status_code, answer.location) == (303, "/")
    assert "My Customers" in door.get("/").text


def test_the_email_may_be_typed_in_any_case(enter: Enter, bo: User) -> None:
    assert enter().post("/login", email=" Bo@Our.Brand ", password="a long password").status_code == 303


@pytest.mark.parametrize(("email", "password"), [("bo@our.brand", "wrong"), ("nobody@our.brand", "a long password")])
def test_a_wrong_try_says_no_more_than_that(enter: Enter, bo: User, email: str, password: str) -> None:
    answer = enter().post("/login", email=email, password=password)
    assert answer.status_code == 422
    assert "That email and password do not match." in answer.text


def test_a_deactivated_user_cannot_sign_in(enter: Enter, bo: User) -> None:
    bo.is_active = False
    assert enter().post("/login", email="bo@our.brand", password="a long password").status_code == 422


def test_wrong_tries_are_counted_where_all_processes_see_them(
    make_app: Callable[..., Flask], enter: Enter, redis_url: str
) -> None:
    make_app(REDIS_URL="redis://127.0.0.1:1")  # whatever befalls another app
    enter().post("/login", email="bo@our.brand", password="wrong")
    with Redis.from_url(redis_url) as connection:
        assert list(connection.scan_iter("LIMITS*")) != []


def test_many_wrong_tries_are_held_up(enter: Enter, bo: User) -> None:
    door = enter()
    token = door.token()
    answers = [
        door.post("/login", token=token, email="bo@our.brand", password=f"wrong {number}").status_code
        for number in range(6)
    ]
    assert answers == [422, 422, 422, 422, 422, 429]
    held_up = door.post("/login", token=token, email="bo@our.brand", password="a long password")
    assert held_up.status_code == 429
    assert "Too many tries. Wait a minute, then try again." in held_up.text
    assert 'name="password"' in held_up.text


def test_right_tries_are_never_held_up(enter: Enter, bo: User) -> None:
    for _ in range(7):
        assert enter().post("/login", email="bo@our.brand", password="a long password").status_code == 303


def test_tries_at_the_same_moment_are_no_more_than_tries_one_after_another(enter: Enter, bo: User) -> None:
    doors = [enter() for _ in range(12)]
    tokens = [door.token() for door in doors]
    meeting = threading.Barrier(len(doors))

    def try_password(door: Door, token: str) -> int:
        meeting.wait(20)
        form = {"csrf_token": token, "email": "bo@our.brand", "password": "wrong"}
        return door.client.post("/login", data=form).status_code

    with ThreadPoolExecutor(len(doors)) as threads:
        statuses = list(threads.map(try_password, doors, tokens))
    assert 1 <= statuses.count(422) <= 5
    assert statuses.count(422) + statuses.count(429) == len(doors)


def test_tries_that_are_held_up_do_not_use_up_the_days(enter: Enter, bo: User, redis_url: str) -> None:
    door = enter()
    token = door.token()
    for _ in range(9):
        door.post("/login", token=token, email="bo@our.brand", password="wrong")
    with Redis.from_url(redis_url, decode_responses=True) as connection:
        counts = {key.split("/")[-1]: connection.get(key) for key in connection.scan_iter("LIMITS*1/day")}
    assert counts == {"day": "5"}


def test_without_redis_each_process_counts_for_itself(make_app: Callable[..., Flask], enter: Enter, bo: User) -> None:
    door = Door(make_app(REDIS_URL="redis://127.0.0.1:1").test_client())
    token = door.token()
    wrong = [door.post("/login", token=token, email="bo@our.brand", password="wrong").status_code for _ in range(6)]
    assert wrong == [422, 422, 422, 422, 422, 429]


def test_one_comes_back_to_the_page_that_one_came_for(enter: Enter, bo: User) -> None:
    door = enter()
    to_sign_in = door.get("/help")
    assert to_sign_in.location == "/login?next=/help"
    answer = door.post("/login", email="bo@our.brand", password="a long password", next="/help")
    assert answer.location == "/help"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_link_leads_from_the_sign_in_to_another_site(enter: Enter, bo: User, elsewhere: str) -> None:
    answer = enter().post("/login", email="bo@our.brand", password="a long password", next=elsewhere)
    assert answer.location == "/"


def test_messaging_is_off_after_every_sign_in(enter: Enter, bo: User) -> None:
    bo.agent.is_available = True
    enter().post("/login", email="bo@our.brand", password="a long password")
    assert not bo.agent.is_available


def test_signing_out_ends_the_session_and_messaging(enter: Enter, bo: User) -> None:
    bo.agent.is_available = True
    door = enter(bo)
    assert door.post("/logout").location == "/login"
    assert not bo.agent.is_available
    assert door.get("/").location == "/login"


def test_signing_out_everywhere_ends_every_session(enter: Enter, bo: User) -> None:
    door = enter(bo)
    assert door.get("/").status_code == 200
    users.sign_out_everywhere(bo)
    db.commit()
    assert door.get("/").location == "/login"


def test_a_deactivated_users_session_ends(enter: Enter, bo: User) -> None:
    door = enter(bo)
    bo.is_active = False
    db.commit()
    assert door.get("/").location == "/login"


def test_a_new_password_ends_every_session(enter: Enter, bo: User) -> None:
    door = enter(bo)
    users.set_password(bo, "another password")
    db.commit()
    assert door.get("/").location == "/login"


def test_whoever_is_signed_in_is_sent_on_from_the_sign_in(enter: Enter, bo: User) -> None:
    assert enter(bo).get("/login").location == "/"


def test_the_session_cookie_is_out_of_reach_of_scripts(enter: Enter, client: FlaskClient, bo: User) -> None:
    cookies = enter().post("/login", email="bo@our.brand", password="a long password").headers.getlist("Set-Cookie")
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def _signs_in(door: Door, token: str) -> int:
    return door.post("/login", token=token, email="bo@our.brand", password="a long password").status_code


def moved(old: Flask, new: Flask) -> tuple[Door, str]:
    """A browser that opened a page of one app and goes on with another, and the page's form token."""
    before, after = Door(old.test_client()), Door(new.test_client())
    token = before.token()
    cookie = before.client.get_cookie("session")
    assert cookie is not None
    after.client.set_cookie("session", cookie.value)
    return after, token


def test_an_open_form_outlives_a_change_of_the_secret_key(make_app: Callable[..., Flask], bo: User) -> None:
    old, new = "o" * 40, "n" * 40
    apps = {keys: make_app(SECRET_KEY=keys) for keys in (old, f"{new},{old}", new)}
    for before, after, status in ((old, f"{new},{old}", 303), (f"{new},{old}", new, 303), (old, new, 400)):
        door, token = moved(apps[before], apps[after])
        assert _signs_in(door, token) == status


def test_under_https_the_cookie_is_bound_to_it(make_app: Callable[..., Flask]) -> None:
    app = make_app(PUBLIC_URL="https://desk.example")
    answer = app.test_client().get("/login", base_url="https://desk.example")
    assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_what_is_typed_is_data(enter: Enter) -> None:
    answer = enter().post("/login", email='"><script>alert(1)</script>@x', password="x")
    assert "<script>alert" not in answer.text


def test_a_user_without_a_password_cannot_sign_in(enter: Enter, db_session: object) -> None:
    make_user("Cy")
    assert enter().post("/login", email="cy@our.brand", password="").status_code == 422
