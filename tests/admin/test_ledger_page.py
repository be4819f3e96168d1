"""Where is my message? The delivery ledger as administrators read it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import tracing
from igapp.instagram.contents import Content
from igapp.models import AuditEntry, Event, Identity, Outcome, Role, User
from igapp.web.settings.ledger import KINDS
from tests.factories import make_account, make_agent, make_identity, make_user, route_all, write
from tests.infra.counting import queries
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def ada(db_session: object) -> User:
    return make_user("Ada", Role.ADMIN)


def event(outcome: Outcome, ana: Identity | None = None, **values: Any) -> Event:
    now = utc.now()
    facts: dict[str, Any] = {
        "platform_account_id": ana.account.ig_user_id if ana else "1", "igsid": ana.igsid if ana else None,
        "event_key": f"key-{values.get('platform_id')}-{outcome}-{len(known())}", "lane": 1, "kind": "message",
        "at": now, "received_at": now, "request_id": "r1", "body": '{"text": "hi"}', "outcome": outcome,
        "next_try_at": now, "ended_at": now,
    }  # fmt: skip
    row = Event(**(facts | values))
    db.session().add(row)
    db.session().flush()
    return row


def known() -> list[int]:
    return list(db.session().scalars(sa.select(Event.id).order_by(Event.id)))


def test_the_page_counts_and_lists(enter: Enter, ada: User) -> None:
    ana = make_identity(make_account(), "Ana Castro")
    event(Outcome.APPLIED, ana)
    event(Outcome.IGNORED, reason="A test of the dashboard.")
    event(Outcome.FAILED, reason="It broke.")
    page = enter(ada).get("/settings/ledger").text
    assert "Applied in 0.0 s" in page
    assert "Ignored: A test of the dashboard." in page
    assert "Failed: It broke." in page
    assert "Replay 1 failed" in page
    assert "Ana Castro" in page


def test_every_kind_of_event_has_its_words() -> None:
    kinds = {content.__name__.lower() for content in get_args(Content)}
    assert kinds | {"echo", "live_comment"} == KINDS.keys()


def test_a_message_is_found_by_its_id_and_by_its_sender(enter: Enter, ada: User) -> None:
    ana, lena = make_identity(make_account(), "Ana"), make_identity(make_account(), "Lena")
    ana.customer.username = "ana.castro"
    event(Outcome.APPLIED, ana, platform_id="mid-1")
    event(Outcome.APPLIED, lena, platform_id="mid-2")
    door = enter(ada)
    for words in ("mid-1", "@ana.castro", "ana.castro"):
        page = door.get(f"/settings/ledger?words={words}").text
        assert "Ana</bdi>" in page, words
        assert "Lena</bdi>" not in page, words


def test_a_time_finds_what_came_around_it(enter: Enter, ada: User) -> None:
    at = datetime.fromisoformat("2026-03-01T10:21:30+00:00")
    event(Outcome.APPLIED, make_identity(make_account(), "Ana"), received_at=at)
    event(Outcome.APPLIED, make_identity(make_account(), "Lena"))
    door = enter(ada)
    page = door.get("/settings/ledger?words=2026-03-01 10:21").text
    assert "Ana</bdi>" in page
    assert "Lena</bdi>" not in page
    assert "No event was found" in door.get("/settings/ledger?words=2026-03-01 11:21").text


def test_a_time_is_that_of_whoever_asks(enter: Enter, ada: User) -> None:
    ada.time_zone = "Asia/Tokyo"
    at = datetime.fromisoformat("2026-03-01T01:21:30+00:00")
    event(Outcome.APPLIED, make_identity(make_account(), "Ana"), received_at=at)
    assert "Ana</bdi>" in enter(ada).get("/settings/ledger?words=2026-03-01 10:21").text


@pytest.mark.parametrize("words", ["25:99", "99999-99-99 10:00", "2026-13-40 10:00", "'; DROP TABLE events"])
def test_what_is_no_time_is_words(enter: Enter, ada: User, words: str) -> None:
    assert enter(ada).get(f"/settings/ledger?words={words}").status_code == 200


def test_a_path_leads_from_instagram_to_the_agent(enter: Enter, ada: User) -> None:
    now = utc.now()
    make_agent("Bo", now)
    ana = make_identity(make_account(), "Ana")
    item = write(ana, "Where is it?", now=now)
    row = event(Outcome.APPLIED, ana, item_id=item.id)
    route_all(now)
    page = enter(ada).get(f"/settings/ledger/{row.id}").text
    assert "Sent on Instagram" in page
    assert "Became a message in the timeline" in page
    assert "Routed to Bo because" in page
    assert "Where is it?" not in page.split("As Instagram sent it")[0]


def test_one_failed_event_is_replayed(enter: Enter, ada: User) -> None:
    row = event(Outcome.FAILED, attempts=6, reason="It broke.")
    enter(ada).post(f"/settings/ledger/{row.id}/replay")
    db.session().expire_all()
    assert (row.outcome, row.attempts) == (Outcome.PENDING, 0)
    assert db.session().scalars(sa.select(AuditEntry.action)).all() == ["ledger.replayed"]


def test_what_did_not_fail_is_not_replayed(enter: Enter, ada: User) -> None:
    row = event(Outcome.APPLIED)
    door = enter(ada)
    door.post(f"/settings/ledger/{row.id}/replay")
    assert "Only a failed event can be tried again." in door.get(f"/settings/ledger/{row.id}").text


def test_all_failed_are_replayed_in_the_background(enter: Enter, ada: User) -> None:
    event(Outcome.FAILED)
    door = enter(ada)
    door.post("/settings/ledger/replay")
    assert "Failed events are being tried again." in door.get("/settings/ledger").text


def test_the_counts_follow_while_events_wait(enter: Enter, ada: User) -> None:
    door = enter(ada)
    assert "hx-get" not in door.get("/settings/ledger/tally").text
    event(Outcome.PENDING, ended_at=None)
    assert 'hx-trigger="every 2s"' in door.get("/settings/ledger/tally").text


def test_older_events_are_a_page_away(enter: Enter, ada: User) -> None:
    for number in range(55):
        event(Outcome.IGNORED, reason=f"reason {number:02}", event_key=f"k{number}")
    door = enter(ada)
    page = door.get("/settings/ledger").text
    assert "reason 54" in page
    assert "reason 04" not in page
    assert "reason 04" in door.get(f"/settings/ledger?before={sorted(known())[5]}").text


def test_the_list_costs_the_same_however_many_there_are(enter: Enter, ada: User) -> None:
    door, account = enter(ada), make_account()
    event(Outcome.APPLIED, make_identity(account, "first"))
    few = queries(lambda: door.get("/settings/ledger"))
    for number in range(20):
        event(Outcome.APPLIED, make_identity(account, f"c{number}"), event_key=f"k{number}")
    assert queries(lambda: door.get("/settings/ledger")) == few


def test_what_came_is_data(enter: Enter, ada: User) -> None:
    row = event(Outcome.FAILED, body='{"text": "<script>alert(1)</script>"}', reason="<b>bold</b>", kind="<i>")
    door = enter(ada)
    for page in (door.get("/settings/ledger").text, door.get(f"/settings/ledger/{row.id}").text):
        assert "<script>alert" not in page
        assert "<b>bold" not in page


def test_an_erased_event_says_so(enter: Enter, ada: User) -> None:
    row = event(Outcome.APPLIED, body="", reason="What it said was erased.")
    assert "only its outcome is kept" in enter(ada).get(f"/settings/ledger/{row.id}").text


def test_everything_received_is_counted_once(db_session: object) -> None:
    for outcome in Outcome:
        event(outcome)
    found = tracing.tally(utc.now() - utc.hours(1))
    assert found.received == found.applied + found.ignored + found.pending + found.failed == 4


@pytest.mark.parametrize(
    ("asked", "said"),
    [("", "Nothing has arrived yet"), ("?outcome=failed", "Nothing has failed"), ("?words=ana", "No event was found")],
)
def test_an_empty_ledger_says_why_it_is_empty(enter: Enter, ada: User, asked: str, said: str) -> None:
    make_account()
    page = enter(ada).get(f"/settings/ledger{asked}").text
    assert f"<h2>{said}</h2>" in page
    assert "Connect an account" not in page
