"""Gaps: what no webhook told of is found, inserted in its place, marked and counted (L9)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from igapp import background, clock, db, utc
from igapp.desk import erasing, erasures, ledger, retention
from igapp.instagram import comment_gaps, gaps
from igapp.models import Account, AccountState, Conversation, Erasure, Event, Item, ItemKind, Outcome, Status
from tests.instagram import wire
from tests.instagram.stage import Stage


def compare(stage: Stage, *, to_the_end: bool = True) -> None:
    """Runs a comparison, slice after slice, conversations and then comments, and applies what it found."""
    db.session().rollback()
    now = utc.now()
    gaps.begin(stage.account_id, now)
    cursor: str | None = ""
    number = 0
    while cursor is not None:
        cursor = gaps.look(stage.account_id, now.isoformat(), cursor, number, now)
        number += 1
    posts: str | None = "" if to_the_end else None
    while posts is not None:
        posts = comment_gaps.look(stage.account_id, now.isoformat(), posts, now)
    stage.drain()


def connected_long_ago(stage: Stage) -> None:
    db.change(sa.update(Account).values(connected_at=utc.now() - timedelta(days=30)))
    db.commit()


def items() -> list[Item]:
    db.session().rollback()
    wanted = sa.select(Item).where(Item.platform_id.is_not(None)).order_by(Item.at, Item.id)
    return list(db.session().scalars(wanted))


def test_g_l9_a_message_that_no_webhook_told_of_is_found_and_routed_like_any_other(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("text", text="Is anybody there?", silent=True)
    compare(stage)
    (item,) = items()
    assert (item.text, item.is_recovered, item.wants_answer) == ("Is anybody there?", True, True)
    conversation = db.session().scalars(sa.select(Conversation)).one()
    assert (conversation.status, bool(conversation.due_at)) == (Status.NEW, True)
    assert stage.account.recovered_count == 1


def test_a_gap_between_known_messages_is_filled_in_its_place(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("text", text="one", ago_seconds=300)
    stage.happens("text", text="two", ago_seconds=200, silent=True)
    stage.happens("text", text="three", ago_seconds=100)
    stage.tell()
    compare(stage)
    assert [(item.text, item.is_recovered) for item in items()] == [("one", False), ("two", True), ("three", False)]


def test_what_was_found_before_its_webhook_came_is_not_doubled(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("text", text="Late")
    compare(stage)
    stage.tell()
    assert [item.text for item in items()] == ["Late"]
    assert ledger.status()["duplicates"] == 1


@pytest.mark.parametrize("touched", ["edit", "react", "read"])
def test_what_is_known_only_by_what_befell_it_is_a_gap_all_the_same(stage: Stage, touched: str) -> None:
    connected_long_ago(stage)
    kind = "app_message" if touched == "read" else "text"
    stage.happens("text", text="Hello", ago_seconds=60)
    stage.tell()
    mid = stage.happens(kind, text="Is the green couch back?", silent=True)["mid"]
    stage.happens(touched, mid=mid, text="Is the GREEN couch back?")
    stage.tell()
    compare(stage)
    found = stage.item(mid)
    assert found.is_recovered
    assert {"edit": "GREEN" in (found.text or ""), "react": found.reaction, "read": found.seen_at}[touched]


def test_what_was_taken_back_is_no_gap(stage: Stage) -> None:
    connected_long_ago(stage)
    mid = stage.happens("text", silent=True)["mid"]
    wire.send(stage.client, wire.body(wire.item(message={"mid": mid, "is_deleted": True})))
    compare(stage)
    assert items() == []


def test_a_second_comparison_finds_nothing_new(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("text", silent=True)
    compare(stage)
    compare(stage)
    assert (len(items()), stage.account.recovered_count) == (1, 1)
    assert ledger.status()["duplicates"] == 0


def test_what_was_said_shortly_before_the_last_comparison_is_found_by_the_next(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.writes()
    compare(stage)
    stage.happens("text", "michelle", text="Late", ago_seconds=14 * 60, silent=True)
    compare(stage)
    assert "Late" in [item.text for item in items()]


def test_history_from_before_the_connection_asks_for_no_answer(stage: Stage) -> None:
    stage.happens("text", text="Long ago", ago_seconds=3 * 24 * 3600, silent=True)
    compare(stage)
    (item,) = items()
    assert (item.text, item.is_recovered, item.wants_answer) == ("Long ago", True, False)
    assert db.session().scalars(sa.select(Conversation).where(Conversation.due_at.is_not(None))).all() == []
    assert db.session().scalars(sa.select(Conversation).where(Conversation.status == Status.NEW)).all() == []


def test_what_was_sent_from_the_app_is_found_as_an_echo(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("text", ago_seconds=60)
    stage.tell()
    stage.happens("app_message", text="From the app", silent=True)
    compare(stage)
    assert [item.kind for item in items()] == [ItemKind.MESSAGE, ItemKind.ECHO]


def test_pictures_and_mentions_are_found_too(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("image", count=2, silent=True)
    stage.happens("story_mention", "michelle", silent=True)
    compare(stage)
    assert sorted(item.kind for item in items()) == [ItemKind.MESSAGE, ItemKind.STORY_MENTION]


def test_what_is_switched_off_is_recorded_once_and_not_asked_for_again(stage: Stage) -> None:
    connected_long_ago(stage)
    db.change(sa.update(Account).values(is_dm_on=False))
    db.commit()
    stage.happens("text", silent=True)
    compare(stage)
    compare(stage)
    event = db.session().scalars(sa.select(Event)).one()
    assert (event.outcome, event.redeliveries) == (Outcome.IGNORED, 0)


def test_every_conversation_is_compared_in_slices(stage: Stage) -> None:
    connected_long_ago(stage)
    people = ("lena", "michelle", "priya", "maria", "ana", "noor", "yuki")
    for person in people:
        stage.happens("text", person, silent=True)
    compare(stage)
    assert len(items()) == len(people)
    assert stage.account.gaps_checked_at is not None


def test_g_x3_a_paging_address_that_leads_elsewhere_is_not_followed(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.fault(foreign_links=True)
    for person in ("lena", "michelle", "priya", "maria"):
        stage.happens("text", person, silent=True)
    compare(stage)
    assert len(items()) == 4


def test_trouble_ends_a_comparison_and_the_next_one_looks_as_far_back(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("text", silent=True)
    stage.fault(server_errors={"rate": 1, "only": ["conversations"]})
    compare(stage, to_the_end=False)
    assert (items(), stage.account.gaps_checked_at) == ([], None)
    stage.fault(server_errors=False)
    compare(stage)
    assert len(items()) == 1


def test_a_conversation_that_instagram_will_not_show_holds_up_no_other(stage: Stage) -> None:
    connected_long_ago(stage)
    for person in ("ana", "lena", "michelle", "priya"):
        stage.happens("text", person, silent=True)
    stage.fault(refuse_with={"code": 100, "subcode": 33, "only": ["conversation"], "times": 1})
    compare(stage)
    assert len(items()) == 3
    assert stage.account.gaps_checked_at is not None


def test_a_conversation_that_cannot_be_read_just_now_holds_up_no_other_and_is_read_the_next_time(
    stage: Stage, app: Flask
) -> None:
    connected_long_ago(stage)
    for person in ("ana", "lena"):
        stage.happens("text", person, silent=True)
    stage.fault(server_errors={"rate": 1, "only": ["conversation"], "times": 1})
    compare(stage, to_the_end=False)
    assert len(items()) == 1
    app.extensions["courier"].flush()
    job = background.queue(app.extensions["redis"], "maintenance").jobs[-1]
    assert job.args == [stage.account_id, "", ""]
    comment_gaps.look(stage.account_id, "", "", utc.now())
    assert stage.account.gaps_checked_at is None


def test_a_refused_token_is_noticed_while_conversations_are_compared(stage: Stage) -> None:
    stage.fault(expired_token={"only": ["conversations"]})
    compare(stage, to_the_end=False)
    assert stage.account.state == AccountState.REFUSED


def test_what_was_erased_does_not_come_back_when_the_person_writes_again(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.writes("My secret")
    erasures.of_customer(stage.identity().customer, None, utc.now())
    db.commit()
    while erasing.advance(db.session().scalars(sa.select(Erasure.id)).one(), utc.now()):
        db.commit()
    db.commit()
    stage.writes("Hello again")
    compare(stage)
    assert [item.text for item in items()] == ["Hello again"]
    assert "My secret" not in "".join(db.session().scalars(sa.select(Event.body)))


def test_what_was_under_way_to_somebody_who_was_erased_is_no_gap(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.writes("My secret", ago_seconds=60)
    erasures.of_customer(stage.identity().customer, None, utc.now() - timedelta(seconds=5))
    db.change(sa.delete(Event))
    db.commit()
    stage.happens("app_message", text="Dear Lena", silent=True)
    compare(stage)
    assert db.session().scalars(sa.select(Event)).all() == []


def test_an_account_is_compared_on_connecting_every_ten_minutes_and_sooner_when_silent(stage: Stage) -> None:
    now = utc.now()

    def started(minutes: float, heard_minutes: float) -> list[int]:
        values = {
            "gaps_started_at": now - timedelta(minutes=minutes),
            "last_event_at": now - timedelta(minutes=heard_minutes),
        }
        db.change(sa.update(Account).values(**values))
        db.commit()
        return gaps.due(now)

    assert gaps.due(now) == [stage.account_id]
    assert started(minutes=11, heard_minutes=0) == [stage.account_id]
    assert started(minutes=6, heard_minutes=6) == [stage.account_id]
    assert started(minutes=6, heard_minutes=1) == []
    assert started(minutes=4, heard_minutes=60) == []


def test_the_clock_rings_for_a_comparison(stage: Stage, app: Flask) -> None:
    db.session().rollback()
    clock.once(["gaps"])
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:maintenance") == 1


def test_unanswered_comments_are_read_again(stage: Stage, app: Flask) -> None:
    stage.happens("comment", post="FEED")
    stage.tell()
    app.extensions["courier"].flush()
    app.extensions["redis"].flushall()
    gaps.begin(stage.account_id, utc.now())
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:maintenance") == 2


def test_what_was_kept_long_enough_does_not_come_back_when_the_person_writes_again(stage: Stage) -> None:
    connected_long_ago(stage)
    retention.change(retention.Retention(conversation_months=1), stage.agent(), utc.now())
    db.change(sa.update(Account).values(connected_at=utc.now() - timedelta(days=90)))
    db.commit()
    stage.happens("text", text="Last spring", ago_seconds=40 * 24 * 3600, silent=True)
    stage.happens("text", text="Today", silent=True)
    compare(stage)
    assert [item.text for item in items()] == ["Today"]
