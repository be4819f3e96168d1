"""Events that say too little are completed from the Graph API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from igapp import db, jobs, utc
from igapp.desk import connections, erasing, erasures
from igapp.instagram import gaps
from igapp.models import AccountState, Customer, Event, Item, ItemKind, Outcome
from tests.instagram import wire
from tests.instagram.stage import Stage


def shown() -> list[Item]:
    found = db.session().scalars(sa.select(Item).where(Item.is_inbound).order_by(Item.at, Item.id)).all()
    db.session().rollback()
    return list(found)


def event() -> Event:
    found = db.session().scalars(sa.select(Event).order_by(Event.id.desc()).limit(1)).one()
    db.session().rollback()
    return found


def half_a_minute_passes() -> None:
    long_ago = utc.now() - timedelta(seconds=40)
    db.change(
        sa.update(Event).where(Event.outcome == Outcome.PENDING).values(next_try_at=long_ago, received_at=long_ago)
    )
    db.commit()


def complete() -> None:
    number = event().id
    jobs.fetch_comment(number)
    db.session().rollback()


def test_a_message_of_which_only_an_edit_came_is_fetched_by_its_id(stage: Stage) -> None:
    stage.fault(edit_only=True)
    stage.happens("text", text="Fetched")
    stage.tell()
    assert shown() == []
    half_a_minute_passes()
    stage.drain()
    complete()
    (item,) = shown()
    assert (item.text, item.kind) == ("Fetched", ItemKind.MESSAGE)
    assert event().outcome == Outcome.APPLIED


def test_pictures_of_a_fetched_message_come_along(stage: Stage) -> None:
    stage.fault(edit_only=True)
    stage.happens("image", count=2)
    stage.tell()
    half_a_minute_passes()
    stage.drain()
    complete()
    (item,) = shown()
    assert [one.kind for one in db.session().get_one(Item, item.id).attachments] == ["image", "image"]


def test_an_edit_only_message_that_is_gone_is_ignored(stage: Stage) -> None:
    wire.send(stage.client, wire.body({"message_edit": {"mid": "gone", "num_edit": 0}}))
    half_a_minute_passes()
    stage.drain()
    complete()
    assert event().outcome == Outcome.IGNORED
    assert "cannot be fetched" in (event().reason or "")


def test_trouble_at_instagram_lets_an_event_wait(stage: Stage) -> None:
    stage.fault(edit_only=True)
    stage.happens("text", text="Fetched later")
    stage.tell()
    half_a_minute_passes()
    stage.drain()
    stage.fault(server_errors={"rate": 1, "only": ["message"]})
    complete()
    assert event().outcome == Outcome.PENDING
    stage.sandbox.post("/_sandbox/faults", {"server_errors": False})
    half_a_minute_passes()
    stage.drain()
    complete()
    assert [item.text for item in shown()] == ["Fetched later"]


def comment_without(stage: Stage, *omitted: str, **more: Any) -> None:
    stage.happens("comment", post="FEED", text="Price?", omit=list(omitted), **more)
    stage.tell()


def test_a_comment_without_author_and_post_is_read(stage: Stage) -> None:
    comment_without(stage, "from", "media")
    assert shown() == []
    complete()
    (item,) = shown()
    item = db.session().get_one(Item, item.id)
    assert item.identity is not None
    assert item.identity.igsid == wire.LENA
    assert item.post is not None
    assert item.post.product == "FEED"


def test_a_comment_whose_author_stays_unknown_has_an_author_of_its_own(stage: Stage) -> None:
    for number in ("1", "2"):
        value = {
            "id": f"1790000{number}",
            "text": "Hm",
            "media": {"id": "17918195224117851"},
            "from": {"username": "same"},
        }
        wire.send(stage.client, wire.change(value))
        stage.drain()
        complete()
    identities = [db.session().get_one(Item, item.id).identity for item in shown()]
    assert len({identity.customer_id for identity in identities if identity}) == 2
    assert [identity.profile_wanted_at for identity in identities if identity] == [None, None]


def test_the_ledger_learns_who_wrote_a_comment_so_that_erasing_them_finds_it(stage: Stage) -> None:
    comment_without(stage, "from")
    assert event().igsid is None
    complete()
    assert event().igsid == wire.LENA
    erase(stage.identity().customer)
    assert (event().body, event().igsid) == ("", None)


def test_a_comment_whose_author_stays_unknown_is_erased_and_does_not_come_back(stage: Stage) -> None:
    value = wire.comment() | {"from": {"username": "lena.fischer"}}
    for _ in range(2):
        wire.send(stage.client, wire.change(value))
        stage.drain()
        complete()
        for customer in db.session().scalars(sa.select(Customer)).all():
            erase(customer)
    events = db.session().scalars(sa.select(Event).order_by(Event.id)).all()
    assert [(one.outcome, one.body) for one in events] == [(Outcome.APPLIED, ""), (Outcome.IGNORED, "")]
    assert db.session().scalars(sa.select(Customer)).all() == []


def erase(customer: Customer) -> None:
    erasure = erasures.of_customer(customer, None, utc.now())
    db.commit()
    while erasing.advance(erasure.id, utc.now()):
        db.commit()
    db.commit()
    db.session().rollback()


def test_a_comment_is_shown_with_what_is_known_when_instagram_stays_silent(stage: Stage) -> None:
    comment_without(stage, "from")
    stage.fault(server_errors={"rate": 1, "only": ["comment"]})
    for _ in range(6):
        complete()
        half_a_minute_passes()
        stage.drain()
    assert [item.text for item in shown()] == ["Price?"]


def test_a_posts_card_is_filled_in(stage: Stage) -> None:
    comment_without(stage)
    post_id = db.session().get_one(Item, shown()[0].id).post_id
    db.session().rollback()
    assert post_id is not None
    jobs.fetch_post(post_id)
    post = db.session().get_one(Item, shown()[0].id).post
    assert post is not None
    assert post.caption is not None
    assert post.caption.startswith("The green couch")
    assert post.picture_url is not None


def test_a_comment_that_its_author_deleted_is_noticed(stage: Stage) -> None:
    comment_without(stage)
    (item,) = shown()
    stage.happens("comment_deleted", comment=item.platform_id)
    jobs.recheck_comment(item.id)
    db.session().rollback()
    assert db.session().get_one(Item, item.id, populate_existing=True).is_deleted


def test_comments_are_not_read_again_while_the_account_rests(stage: Stage) -> None:
    comment_without(stage)
    (item,) = shown()
    stage.happens("comment_deleted", comment=item.platform_id)
    connections.rest(stage.account, utc.now() + utc.minutes(5))
    db.commit()
    jobs.recheck_comment(item.id)
    db.session().rollback()
    assert not db.session().get_one(Item, item.id, populate_existing=True).is_deleted


def test_background_calls_rest_once_instagram_takes_no_more_of_them(stage: Stage) -> None:
    comment_without(stage)
    (item,) = shown()
    before = len(stage.calls("comment"))
    stage.fault(rate_limit={"only": ["comment"]})
    jobs.recheck_comment(item.id)
    jobs.recheck_comment(item.id)
    db.session().rollback()
    assert len(stage.calls("comment")) == before + 1
    assert connections.is_busy(stage.account, utc.now())
    assert stage.account.throttled_until is None
    assert gaps.due(utc.now()) == []


def test_a_comment_that_is_still_there_stays(stage: Stage) -> None:
    comment_without(stage)
    (item,) = shown()
    jobs.recheck_comment(item.id)
    db.session().rollback()
    assert not db.session().get_one(Item, item.id, populate_existing=True).is_deleted


def test_a_refused_token_is_noticed_while_an_event_is_completed(stage: Stage) -> None:
    stage.fault(edit_only=True, expired_token=True)
    stage.happens("text")
    stage.tell()
    half_a_minute_passes()
    stage.drain()
    complete()
    assert (stage.account.state, event().outcome) == (AccountState.REFUSED, Outcome.PENDING)


@pytest.mark.parametrize("read", [jobs.fetch_post, jobs.recheck_comment])
def test_a_refused_token_is_noticed_while_a_comment_or_its_post_is_read(
    stage: Stage, read: Callable[[int], None]
) -> None:
    comment_without(stage)
    (item,) = shown()
    stage.fault(expired_token=True)
    read((item.post_id or 0) if read is jobs.fetch_post else item.id)
    db.session().rollback()
    assert stage.account.state == AccountState.REFUSED
