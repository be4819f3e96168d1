"""Rings on their way to open pages: by polling, and by a socket of a real server."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import simple_websocket
from flask import Flask
from werkzeug.serving import make_server

from igapp import bell, db, utc
from igapp.desk import people, presence, users
from igapp.models import Role, User
from igapp.web import headcount, hub, socket
from launching.processes import free_port
from tests.desk.acts import rung
from tests.factories import make_user
from tests.infra.hearing import hearing
from tests.web.conftest import Door

Enter = Callable[..., Door]
OUR_PAGES = "http://localhost:5000"
"""PUBLIC_URL of the tests' app."""
HANDSHAKE = {"Connection": "Upgrade", "Upgrade": "websocket"}


@pytest.fixture
def bo(db_session: object) -> User:
    return make_user("Bo")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where a real server serves the app."""
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"localhost:{server.port}"
    socket.close_all_sockets()
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def connected(address: str, door: Door, **query: str) -> Iterator[Any]:
    """A page's socket."""
    cookie = door.client.get_cookie("session")
    assert cookie is not None
    headers = {"Cookie": f"session={cookie.value}", "Origin": OUR_PAGES}
    asked = "&".join(f"{name}={value}" for name, value in ({"presence": "desk"} | query).items())
    client = simple_websocket.Client(f"ws://{address}/live?{asked}", headers=headers)
    yield client
    with suppress(simple_websocket.ConnectionClosed):
        client.close()
    client.thread.join()


def hear(client: Any) -> Any:
    """The next message; fails where none comes."""
    text = client.receive(timeout=5)
    assert text is not None, "nothing was heard"
    return json.loads(text)


def ring(app: Flask, *topics: str) -> str:
    """Ring as a commit would; returns the newest sequence number."""
    for topic in topics:
        bell.ring(topic)
    db.commit()
    app.extensions["courier"].flush()
    return bell.newest(app.extensions["redis"])


def watch(client: Any, *topics: str) -> Any:
    client.send(json.dumps({"watch": topics}))
    return hear(client)


def test_a_page_polls_what_rang_since_it_was_painted(app: Flask, enter: Enter, bo: User) -> None:
    door = enter(bo)
    since = ring(app, "customer:1")
    at = ring(app, "customer:2", "customer:3")
    answer = door.get(f"/live/poll?since={since}&watch=customer:1+customer:3+desk:{bo.id}")
    assert answer.json == {"at": at, "topics": ["customer:3"], "everything": False}


@pytest.mark.parametrize("since", ["", "1-0", "nonsense", "9" * 30 + "-0"])
def test_a_page_that_is_too_old_fetches_everything(app: Flask, enter: Enter, bo: User, since: str) -> None:
    ring(app, "customer:1")
    answer = enter(bo).get(f"/live/poll?since={since}&watch=customer:1")
    assert answer.json is not None
    assert answer.json["everything"]


def test_polling_is_presence_but_not_on_the_settings_pages(app: Flask, enter: Enter, bo: User) -> None:
    door, cy = enter(bo), make_user("Cy")
    door.get("/live/poll?presence=settings")
    enter(cy).get("/live/poll?presence=desk")
    wait_until_present(cy)
    assert not presence.is_connected(bo.id, utc.now())
    door.get("/live/poll?presence=desk")
    wait_until_present(bo)


def test_a_socket_hears_what_it_watches_and_nothing_else(app: Flask, enter: Enter, bo: User, address: str) -> None:
    with connected(address, enter(bo), since=ring(app, "warm:up")) as client:
        assert watch(client, "customer:7", f"desk:{bo.id}")["topics"] == []
        ring(app, "customer:8")
        at = ring(app, "customer:7")
        assert hear(client) == {"at": at, "topics": ["customer:7"]}


def test_whoever_signs_out_closes_the_sockets_of_all_their_pages(
    app: Flask, enter: Enter, bo: User, address: str
) -> None:
    door, cy = enter(bo), enter(make_user("Cy"))
    since = ring(app, "warm:up")
    with connected(address, door, since=since) as client, connected(address, cy, since=since) as other:
        watch(client, "waiting")
        watch(other, "waiting")
        assert door.post("/logout").status_code == 303
        app.extensions["courier"].flush()
        with pytest.raises(simple_websocket.ConnectionClosed) as closed:
            client.receive(timeout=5)
        assert closed.value.reason == hub.SIGNED_OUT
        ring(app, "waiting")
        assert hear(other)["topics"] == ["waiting"]


def test_what_ends_every_session_rings_for_its_pages(app: Flask, bo: User) -> None:
    ada, topic = make_user("Ada", Role.ADMIN), bell.signed_out(bo.id)
    ring(app, "warm:up")
    for act in (
        lambda: users.sign_out_everywhere(bo),
        lambda: users.set_password(bo, "another long password"),
        lambda: people.deactivate(bo, ada, utc.now()),
    ):
        assert topic in rung(app, act)


def test_anothers_desk_is_not_heard(app: Flask, enter: Enter, bo: User, address: str) -> None:
    cy = make_user("Cy")
    with connected(address, enter(bo), since=ring(app, "warm:up")) as client:
        watch(client, f"desk:{cy.id}", "waiting")
        ring(app, f"desk:{cy.id}")
        ring(app, "waiting")
        assert hear(client)["topics"] == ["waiting"]


def test_g_v1_a_socket_that_was_away_hears_what_it_missed(app: Flask, enter: Enter, bo: User, address: str) -> None:
    since = ring(app, "customer:1")
    at = ring(app, "customer:7")
    with connected(address, enter(bo), since=since) as client:
        assert watch(client, "customer:7") == {"at": at, "topics": ["customer:7"]}


@contextmanager
def others_committing(app: Flask) -> Iterator[None]:
    """With each query that this thread makes meanwhile somebody else's change rings."""
    own = threading.get_ident()

    def ring_on(*_: object) -> None:
        if threading.get_ident() == own:
            app.extensions["redis"].xadd(bell.STREAM, {"topic": "customer:7"})

    with hearing(ring_on):
        yield


def test_g_v1_a_page_misses_nothing_that_rang_while_it_was_painted(app: Flask, enter: Enter, bo: User) -> None:
    door, before = enter(bo), ring(app, "customer:1")
    with others_committing(app):
        page = door.get("/", headers={"Accept": "text/html"}).text
    assert bell.newest(app.extensions["redis"]) != before
    assert f'data-since="{before}"' in page


def test_a_socket_that_was_away_for_too_long_hears_everything(app: Flask, enter: Enter, bo: User, address: str) -> None:
    ring(app, "customer:7")
    with connected(address, enter(bo), since="1-0") as client:
        assert watch(client, "customer:7")["everything"]


def test_metrics_count_the_sockets_of_other_processes(
    app: Flask, make_app: Callable[..., Flask], enter: Enter, bo: User, address: str
) -> None:
    monitor = make_app(METRICS_TOKEN="secret").test_client()

    def counted() -> str:
        return monitor.get("/metrics", headers={"Authorization": "Bearer secret"}).text

    with connected(address, enter(bo)) as client:
        watch(client, "waiting")
        until(lambda: "igapp_sockets 1.0" in counted())
        assert "igapp_process_sockets 0.0" in counted()
    ring(app, "waiting")
    until(lambda: "igapp_sockets 0.0" in counted())


def test_a_process_that_says_nothing_any_more_has_no_sockets(app: Flask) -> None:
    redis, now = app.extensions["redis"], utc.now()
    headcount.report(redis, "killed", 40, now - utc.seconds(headcount.FORGET_SECONDS + 1))
    headcount.report(redis, "alive", 2, now)
    assert headcount.total(redis, now) == 2


def test_a_beat_is_answered_with_where_the_bell_is(app: Flask, enter: Enter, bo: User, address: str) -> None:
    with connected(address, enter(bo), since=ring(app, "warm:up")) as client:
        watch(client, "customer:7")
        client.send(json.dumps({"beat": True}))
        assert "at" in hear(client)


def test_a_socket_is_presence(app: Flask, enter: Enter, bo: User, address: str) -> None:
    with connected(address, enter(bo)) as client:
        watch(client)
        wait_until_present(bo)


def test_a_socket_of_a_settings_page_is_no_presence(app: Flask, enter: Enter, bo: User, address: str) -> None:
    cy = make_user("Cy")
    with connected(address, enter(bo), presence="settings") as client:
        watch(client)
        with connected(address, enter(cy)) as another:
            watch(another)
            wait_until_present(cy)
    assert not presence.is_connected(bo.id, utc.now())


@pytest.mark.parametrize("noise", ["", "x", "[]", '{"watch": 7}', '{"watch": [1, null]}', "null"])
def test_noise_on_a_socket_does_no_harm(app: Flask, enter: Enter, bo: User, address: str, noise: str) -> None:
    since = ring(app, "warm:up")
    with connected(address, enter(bo), since=since) as client:
        client.send(noise)
        client.send(json.dumps({"watch": ["customer:7"], "since": since}))
        ring(app, "customer:7")
        while "customer:7" not in hear(client)["topics"]:
            continue


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "", "http://["])
def test_another_sites_page_gets_no_socket(enter: Enter, bo: User, origin: str) -> None:
    assert enter(bo).get("/live", headers=HANDSHAKE | {"Origin": origin}).status_code == 403


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket"])
def test_who_names_no_page_gets_no_socket(enter: Enter, bo: User, upgrade: str) -> None:
    assert enter(bo).get("/live", headers=HANDSHAKE | {"Upgrade": upgrade}).status_code == 403


def test_nobody_gets_no_socket(enter: Enter) -> None:
    assert enter().get("/live", headers=HANDSHAKE | {"Origin": OUR_PAGES}).status_code == 401


def test_a_socket_is_told_when_the_server_stops(app: Flask, enter: Enter, bo: User, address: str) -> None:
    with connected(address, enter(bo)) as client:
        watch(client)
        began = time.monotonic()
        socket.close_all_sockets()
        with pytest.raises(simple_websocket.ConnectionClosed) as closed:
            client.receive(timeout=5)
        assert closed.value.reason == 1001
        assert time.monotonic() - began < 1


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_until_present(user: User) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        is_there = presence.is_connected(user.id, utc.now())
        db.commit()
        if is_there:
            return
        time.sleep(0.05)
    raise AssertionError("never heard from")
