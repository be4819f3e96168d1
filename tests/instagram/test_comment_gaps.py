"""Comments that no webhook told of are found below the posts, marked, and routed like any other (L9)."""

from typing import Any

import sqlalchemy as sa
from flask import Flask

from igapp import db, jobs, utc
from igapp.desk import erasures
from igapp.instagram import comment_gaps, gaps
from igapp.models import Account, AccountState, Event, Item, ItemKind, Outcome, Post
from tests.instagram import wire
from tests.instagram.stage import Stage
from tests.instagram.test_gaps import compare, connected_long_ago, items


def commented(stage: Stage, person: str = "lena", **more: Any) -> str:
    return str(stage.happens("comment", person, silent=True, **more)["comment_id"])


def test_g_l9_a_comment_that_no_webhook_told_of_is_found_and_routed_like_any_other(stage: Stage) -> None:
    connected_long_ago(stage)
    commented(stage, text="Price?")
    compare(stage)
    (item,) = items()
    assert (item.kind, item.text, item.is_recovered, item.wants_answer) == (ItemKind.COMMENT, "Price?", True, True)
    assert item.session is not None
    assert item.session.due_at is not None
    assert stage.account.recovered_count == 1


def test_it_stands_under_its_post_and_names_its_author(stage: Stage) -> None:
    connected_long_ago(stage)
    commented(stage, post="REELS")
    compare(stage)
    (item,) = items()
    assert item.identity is not None
    assert item.post is not None
    assert (item.identity.igsid, item.customer.username) == (wire.LENA, "lena.fischer")


def test_what_a_webhook_told_of_is_not_doubled_whichever_comes_first(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("comment", text="one")
    stage.tell()
    stage.happens("comment", text="two")
    compare(stage)
    stage.tell()
    assert [(item.text, item.is_recovered) for item in items()] == [("one", False), ("two", True)]
    assert stage.account.recovered_count == 1


def test_many_comments_on_many_posts_are_found(stage: Stage) -> None:
    connected_long_ago(stage)
    for number in range(60):
        commented(stage, "ana" if number % 2 else "lena", post="REELS" if number % 3 else "FEED")
    compare(stage)
    assert len(items()) == 60
    compare(stage)
    assert stage.account.recovered_count == 60


def test_comments_on_an_ad_are_found_once_the_ad_is_known(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("comment", post="AD", text="told")
    stage.tell()
    commented(stage, post="AD", text="not told")
    compare(stage)
    assert [item.text for item in items()] == ["told", "not told"]


def test_what_is_nobodys_work_is_left_alone(stage: Stage) -> None:
    stage.happens("own_comment", silent=True)
    on_it = commented(stage, ago_seconds=3 * 24 * 3600, text="before we were connected")
    stage.happens("comment_reply", "ana", comment=on_it, silent=True)
    compare(stage)
    assert db.session().scalars(sa.select(Event)).all() == []


def test_the_next_comparison_looks_no_further_back_than_the_last(stage: Stage) -> None:
    connected_long_ago(stage)
    compare(stage)
    commented(stage, ago_seconds=3600)
    commented(stage, ago_seconds=60, text="since then")
    compare(stage)
    assert [item.text for item in items()] == ["since then"]


def test_where_comments_are_switched_off_no_post_is_read(stage: Stage) -> None:
    connected_long_ago(stage)
    db.change(sa.update(Account).values(is_comments_on=False))
    db.commit()
    commented(stage)
    compare(stage)
    assert (stage.calls("posts"), stage.calls("comments"), items()) == ([], [], [])
    assert stage.account.gaps_checked_at is not None


def test_where_posts_are_not_listed_the_known_ones_are_read(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("comment", text="told")
    stage.tell()
    commented(stage, text="not told")
    stage.fault(refuse_with={"code": 10, "status": 403, "only": ["posts"]})
    compare(stage)
    assert [item.text for item in items()] == ["told", "not told"]


def test_trouble_ends_the_comparison_and_the_next_one_looks_as_far_back(stage: Stage) -> None:
    connected_long_ago(stage)
    commented(stage)
    stage.fault(server_errors={"rate": 1, "only": ["comments"]})
    compare(stage)
    assert (items(), stage.account.gaps_checked_at) == ([], None)
    stage.fault(server_errors=False)
    compare(stage)
    assert len(items()) == 1


def test_a_post_that_cannot_be_read_holds_up_no_other_and_is_read_the_next_time(stage: Stage) -> None:
    connected_long_ago(stage)
    commented(stage, post="FEED")
    commented(stage, post="REELS")
    stage.fault(server_errors={"rate": 1, "times": 1, "only": ["comments"]})
    compare(stage)
    assert (len(items()), stage.account.gaps_checked_at) == (1, None)
    compare(stage)
    assert len(items()) == 2


def test_a_post_that_is_gone_holds_up_no_other(stage: Stage) -> None:
    connected_long_ago(stage)
    commented(stage)
    db.session().add(Post(account_id=stage.account_id, media_id="17900000000000999", fetched_at=utc.now()))
    db.commit()
    compare(stage)
    assert len(items()) == 1
    assert stage.account.gaps_checked_at is not None


def test_a_comment_that_was_erased_does_not_come_back(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.happens("comment", text="My secret")
    stage.tell()
    erasures.of_customer(stage.identity().customer, None, utc.now())
    db.change(sa.delete(Event))
    db.change(sa.update(Item).values(platform_id=None))
    db.commit()
    compare(stage)
    assert db.session().scalars(sa.select(Event)).all() == []


def test_a_comment_without_author_that_was_erased_does_not_come_back(stage: Stage) -> None:
    connected_long_ago(stage)
    stage.sandbox.post("/_sandbox/people", {"key": "lena", "commenter_id": " "})
    commented(stage, text="My secret")
    compare(stage)
    jobs.fetch_comment(db.session().scalars(sa.select(Event.id)).one())
    (item,) = items()
    erasures.of_customer(item.customer, None, utc.now())
    db.change(sa.delete(Event))
    db.change(sa.update(Item).values(platform_id=None))
    db.commit()
    compare(stage)
    assert db.session().scalars(sa.select(Event)).all() == []


def test_posts_are_read_in_slices(stage: Stage) -> None:
    connected_long_ago(stage)
    for number in range(5):
        db.session().add(Post(account_id=stage.account_id, media_id=f"1790000000000099{number}"))
    db.commit()
    rest = comment_gaps.look(stage.account_id, utc.now().isoformat(), "", utc.now())
    assert rest is not None
    assert len(rest.split(",")) == 2


def test_a_recovered_comment_is_refused_where_comments_were_switched_off_meanwhile(stage: Stage) -> None:
    connected_long_ago(stage)
    commented(stage)
    comment_gaps.look(stage.account_id, utc.now().isoformat(), "", utc.now())
    db.change(sa.update(Account).values(is_comments_on=False))
    db.commit()
    stage.drain()
    event = db.session().scalars(sa.select(Event)).one()
    assert (event.outcome, items()) == (Outcome.IGNORED, [])


def test_comments_are_compared_once_the_conversations_are(stage: Stage, app: Flask) -> None:
    def queued() -> int:
        app.extensions["courier"].flush()
        return int(app.extensions["redis"].exists(*app.extensions["redis"].keys("queued:find_comments*") or ["none"]))

    stage.fault(server_errors={"rate": 1, "only": ["conversations"]})
    gaps.look(stage.account_id, utc.now().isoformat(), "", 0, utc.now())
    assert queued() == 0
    stage.fault(server_errors=False)
    gaps.look(stage.account_id, utc.now().isoformat(), "", 0, utc.now())
    assert queued() == 1


def test_a_refused_token_is_noticed_while_comments_are_compared(stage: Stage) -> None:
    stage.fault(expired_token=True)
    comment_gaps.look(stage.account_id, utc.now().isoformat(), "", utc.now())
    assert stage.account.state == AccountState.REFUSED
