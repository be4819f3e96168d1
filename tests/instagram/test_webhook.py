"""Meta's door: what is let in, stored once, and answered."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import redislink, tallies
from igapp.db import db
from igapp.models import Event, Outcome
from tests.infra.hearing import hearing
from tests.instagram import wire

ASKED = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "sandbox-verify-token"}


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that the app sends to its database, commits included."""
    seen: list[str] = []

    def note(statement: str, _parameters: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    with hearing(note, engine):
        yield seen


def counted(name: str) -> dict[str, int]:
    """What all processes have counted so far."""
    redislink.courier().flush()
    return tallies.read(redislink.link(), name)


def events_of(session: Session) -> list[Event]:
    session.rollback()
    return list(session.scalars(sa.select(Event).order_by(Event.id)))


def test_the_handshake_returns_the_challenge_as_text(client: FlaskClient) -> None:
    answer = client.get("/webhooks/instagram", query_string=ASKED)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize(
    "wrong",
    [{"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": "<script>"}, {"hub.challenge": ""}],
)
def test_a_wrong_handshake_is_refused(client: FlaskClient, wrong: dict[str, str]) -> None:
    answer = client.get("/webhooks/instagram", query_string=ASKED | wrong)
    assert answer.status_code == 403
    assert "script" not in answer.text


def test_g_x1_what_is_not_signed_by_us_is_refused_and_leaves_only_a_count(
    client: FlaskClient, db_session: Session
) -> None:
    body = wire.written(wire.body(wire.text()))
    assert client.post("/webhooks/instagram", data=body).status_code == 403
    assert wire.post(client, body, secret="theirs").status_code == 403
    assert client.post("/webhooks/instagram", data=b"[" * 100_000).status_code == 403
    assert events_of(db_session) == []
    assert counted("deliveries") == {"403": 3}


def test_what_comes_is_counted_over_all_processes(make_app: Any, db_session: Session) -> None:
    body = wire.written(wire.body(wire.text()))
    for client in (make_app().test_client(), make_app().test_client()):
        for _ in range(2):
            assert wire.post(client, body).status_code == 200
        client.application.extensions["courier"].flush()
    assert counted("deliveries") == {"200": 4}
    assert counted("events_received") == {"again": 3, "new": 1}


def test_without_redis_deliveries_are_taken_uncounted(make_app: Any, db_session: Session) -> None:
    client = make_app(REDIS_URL="redis://127.0.0.1:1").test_client()
    assert wire.post(client, wire.written(wire.body(wire.text()))).status_code == 200
    assert counted("deliveries") == {}


def test_g_x2_a_body_for_an_account_that_is_not_ours_touches_nothing_but_the_ledger(deliver: Any, items: Any) -> None:
    (event,) = deliver(wire.body(wire.text()))
    assert (event.outcome, event.reason) == (Outcome.IGNORED, "The account is not connected.")
    assert items() == []


def test_any_of_our_secrets_may_have_signed(make_app: Any) -> None:
    client = make_app(INSTAGRAM_APP_SECRET="new,old").test_client()
    assert wire.post(client, wire.body(wire.text()), secret="old").status_code == 200


def test_a_delivery_needs_neither_session_nor_form_token(client: FlaskClient) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = True
    answer = wire.post(client, wire.body(wire.text()))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_delivery_costs_one_statement_and_one_commit(client: FlaskClient, statements: list[str]) -> None:
    wire.post(client, wire.body(*(wire.text() for _ in range(50))))
    assert [statement.split()[0] for statement in statements] == ["INSERT", "COMMIT"]


def test_g_d1_the_same_event_is_stored_once_and_counted(client: FlaskClient, db_session: Session) -> None:
    item = wire.text()
    for _ in range(3):
        wire.post(client, wire.body(item))
    wire.post(client, wire.body(item, item, key="standby"))
    (event,) = events_of(db_session)
    assert event.redeliveries == 4


def test_g_l5_a_thousand_events_in_one_body_are_all_stored(client: FlaskClient, db_session: Session) -> None:
    texts = [wire.text(f"number {number}", sender=str(number)) for number in range(1000)]
    assert wire.post(client, wire.body(*texts)).status_code == 200
    assert len(events_of(db_session)) == 1000


@pytest.mark.parametrize(
    "raw",
    [
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        b'{"entry":7}',
        b'{"entry":[null,1,"a",[1]]}',
        b'{"object":"instagram","entry":[]}',
    ],
)
def test_a_body_without_events_is_answered_and_counts_for_nothing(
    client: FlaskClient, db_session: Session, raw: bytes
) -> None:
    assert wire.post(client, raw).status_code == 200
    assert events_of(db_session) == []


@pytest.mark.parametrize("raw", [b"not json", b"", b"[" * 100_000, b"\xff\xfe\0", b'{"entry":[{"id":"'])
def test_signed_bytes_that_are_no_json_are_kept_as_one_failed_event(
    client: FlaskClient, db_session: Session, raw: bytes
) -> None:
    assert [wire.post(client, raw).status_code for _ in range(2)] == [200, 200]
    (event,) = events_of(db_session)
    assert (event.outcome, event.redeliveries) == (Outcome.FAILED, 1)


LONG, NESTED = b"1" * 9000, b"[" * 900 + b"]" * 900
ODD = [
    b'{"id":"1\\u0000","messaging":[{"sender":{"id":"\\ud800x"},"message":{"mid":"\\u0000m","text":"a\\u0000\\ud83d"}}]}',
    b'{"id":"1","messaging":[{"message":{"mid":"' + LONG + b'","text":NaN},"timestamp":' + LONG + b"}]}",
    b'{"id":"' + LONG + b'","messaging":[{"sender":{"id":"' + LONG + b'"},"read":{"mid":"m"}}]}',
    b'{"id":"1","time":1e999,"messaging":[{"message":{"mid":"deep","x":' + NESTED + b"}}]}",
]


@pytest.mark.parametrize("entry", ODD)
def test_odd_values_do_not_lose_the_event(client: FlaskClient, db_session: Session, entry: bytes) -> None:
    assert wire.post(client, b'{"entry":[' + entry + b"]}").status_code == 200
    assert len(events_of(db_session)) == 1


def test_when_the_database_fails_meta_is_asked_to_come_again(make_app: Any, tmp_path: Any) -> None:
    client = make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite'}").test_client()
    assert wire.post(client, wire.body(wire.text())).status_code == 503


def test_redis_is_no_reason_to_refuse(make_app: Any, db_session: Session) -> None:
    client = make_app(REDIS_URL="redis://127.0.0.1:1/0").test_client()
    assert wire.post(client, wire.body(wire.text())).status_code == 200
    assert len(events_of(db_session)) == 1


def test_a_lane_with_work_is_rung_for_once(client: FlaskClient, app: Flask) -> None:
    wire.post(client, wire.body(wire.text(), wire.text()))
    wire.post(client, wire.body(wire.text()))
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:ingest") == 1
