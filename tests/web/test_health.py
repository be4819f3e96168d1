"""What monitors ask."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import db, jobs, redislink, utc
from igapp.models import Outcome
from igapp.web import hub
from tests.admin.test_ledger_page import event
from tests.factories import make_account, make_agent, make_identity, route_all, write

DEAD_REDIS = "redis://127.0.0.1:1/0"


def scraped(app: Flask) -> str:
    """What a monitor reads."""
    answer = app.test_client().get("/metrics", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200
    return answer.text


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200


def test_it_is_ready_when_database_migrations_and_redis_are_right(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "problems": {}})


def test_a_missing_redis_is_named(make_app: Callable[..., Flask]) -> None:
    answer = make_app(REDIS_URL=DEAD_REDIS).test_client().get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json["problems"]) == ["redis"]  # type: ignore[index]


def test_a_missing_database_is_named(make_app: Callable[..., Flask], tmp_path: object) -> None:
    answer = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/at.all").test_client().get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json["problems"]) == ["database"]  # type: ignore[index]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_what_never_answers_is_named_in_time(make_app: Callable[..., Flask], silent: int, name: str) -> None:
    kinds = {"DATABASE_URL": ("postgres", "database"), "REDIS_URL": ("redis", "redis")}
    app = make_app(**{name: f"{kinds[name][0]}://127.0.0.1:{silent}/0"})
    for _ in range(2):
        began = time.monotonic()
        answer = app.test_client().get("/readyz")
        assert time.monotonic() - began < 4
        assert (answer.status_code, list(answer.json["problems"])) == (503, [kinds[name][1]])  # type: ignore[index]
    for thread in threading.enumerate():
        if thread.name == "readiness":
            thread.join(10)


def test_a_page_does_not_wait_for_a_redis_that_never_answers(make_app: Callable[..., Flask], silent: int) -> None:
    client = make_app(REDIS_URL=f"redis://127.0.0.1:{silent}", METRICS_TOKEN="secret").test_client()
    began = time.monotonic()
    assert client.get("/login", headers={"Accept": "text/html"}).status_code == 200
    assert time.monotonic() - began < redislink.QUICK_SECONDS + 1


def test_a_process_is_alive_whatever_becomes_of_redis(make_app: Callable[..., Flask], silent: int) -> None:
    client = make_app(REDIS_URL=f"redis://127.0.0.1:{silent}").test_client()
    began = time.monotonic()
    assert client.get("/healthz", headers={"Accept": "text/html"}).status_code == 200
    assert time.monotonic() - began < redislink.QUICK_SECONDS / 2


def test_the_link_to_redis_waits_longer_than_the_bell_is_listened_to(app: Flask) -> None:
    assert redislink.ANSWER_SECONDS > hub.LISTEN_SECONDS + 1
    for name, seconds in (("redis", redislink.ANSWER_SECONDS), ("quick redis", redislink.QUICK_SECONDS)):
        assert app.extensions[name].connection_pool.connection_kwargs["socket_timeout"] == seconds


def test_missing_migrations_are_named(make_app: Callable[..., Flask], tmp_path: object) -> None:
    answer = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite").test_client().get("/readyz")
    assert answer.status_code == 503
    assert "db upgrade" in answer.json["problems"]["migrations"]  # type: ignore[index]


@pytest.fixture
def at_revision(db_session: Session) -> Iterator[Callable[[str], None]]:
    """Say that the tables are those of another revision, until the test's end."""
    version = db_session.scalar(sa.text("SELECT version_num FROM alembic_version"))

    def be_at(revision: str) -> None:
        db_session.execute(sa.text("UPDATE alembic_version SET version_num = :at"), {"at": revision})
        db.commit()

    yield be_at
    be_at(str(version))


@pytest.mark.parametrize(("revision", "status"), [("0001", 503), ("9999", 200)])
def test_a_database_of_an_older_release_is_not_right_and_that_of_a_newer_one_is(
    client: FlaskClient, at_revision: Callable[[str], None], revision: str, status: int
) -> None:
    at_revision(revision)
    assert client.get("/readyz").status_code == status


def test_pages_are_served_without_redis(make_app: Callable[..., Flask]) -> None:
    assert make_app(REDIS_URL=DEAD_REDIS).test_client().get("/login").status_code == 200


def test_metrics_do_not_exist_without_a_token(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Bearer"])
def test_metrics_are_for_whoever_has_the_token(make_app: Callable[..., Flask], given: str) -> None:
    answer = make_app(METRICS_TOKEN="secret").test_client().get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer.text) == (401, "The bearer token is not METRICS_TOKEN.\n")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_metrics_token_may_have_any_characters(make_app: Callable[..., Flask], db_session: object) -> None:
    given = "Bearer schlüssel".encode().decode("latin-1")  # as it travels
    asked = make_app(METRICS_TOKEN="schlüssel").test_client().get("/metrics", headers={"Authorization": given})
    assert asked.status_code == 200


def test_metrics_say_how_long_tokens_live_and_jobs_took(make_app: Callable[..., Flask], db_session: object) -> None:
    account = make_account()
    account.token_expires_at = utc.now() + utc.days(12) + utc.hours(1)
    db.commit()
    jobs.route()
    redislink.courier().flush()
    text = scraped(make_app(METRICS_TOKEN="secret"))
    assert f'igapp_token_days{{account="{account.username}"}} 12.0' in text
    assert 'igapp_jobs_total{job="route"} ' in text
    assert 'igapp_job_seconds_total{job="route"} ' in text


def test_metrics_say_how_deliveries_were_answered(make_app: Callable[..., Flask], db_session: object) -> None:
    app = make_app(METRICS_TOKEN="secret")
    app.test_client().post("/webhooks/instagram", data=b"{}")
    app.extensions["courier"].flush()
    assert 'igapp_deliveries_total{answer="403"} 1.0' in scraped(app)


def test_metrics_without_redis_leave_the_jobs_out(make_app: Callable[..., Flask], db_session: object) -> None:
    text = scraped(make_app(METRICS_TOKEN="secret", REDIS_URL=DEAD_REDIS))
    assert "igapp_pending_offers" in text
    assert "igapp_jobs_total{" not in text


def test_metrics_say_how_deep_the_lanes_are(make_app: Callable[..., Flask], db_session: object) -> None:
    for lane in (0, 31, 31, 200):
        event(Outcome.PENDING, lane=lane)
    event(Outcome.FAILED, lane=64)
    db.commit()
    text = scraped(make_app(METRICS_TOKEN="secret"))
    assert 'igapp_pending_events{lanes="0-31"} 3.0' in text
    assert 'igapp_pending_events{lanes="192-223"} 1.0' in text
    assert text.count("igapp_pending_events{") == 8
    assert "igapp_deepest_lane_events 2.0" in text


def test_metrics_count_what_waits(make_app: Callable[..., Flask], db_session: object) -> None:
    now = utc.now()
    make_agent("Bo", now)
    write(make_identity(make_account()), now=now)
    route_all(now)
    text = scraped(make_app(METRICS_TOKEN="secret"))
    assert "igapp_pending_offers 1.0" in text
    assert "igapp_available_agents 1.0" in text
    assert 'igapp_conversations{status="new"} 1.0' in text
    assert 'igapp_sends{state="checking"} 0.0' in text
