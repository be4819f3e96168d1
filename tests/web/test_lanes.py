"""The composer's lanes: which one a page opens with, what each one says and sends, and drafts in each."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import comments, drafts
from igapp.models import Identity, Item, ItemKind, Send, SendKind, User
from tests.factories import comment, make_account, make_agent, make_identity, make_user, write
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
    """Ana, who wrote an hour ago."""
    identity = make_identity(make_account(), "Ana")
    write(identity, "Hello?", at=now - utc.hours(1), now=now - utc.hours(1))
    return identity


def newest(kind: ItemKind) -> Item:
    return db.session().scalars(sa.select(Item).where(Item.kind == kind).order_by(Item.id.desc())).first()  # type: ignore[return-value]


def test_what_waits_last_opens_the_lane(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}/composer"
    assert f'data-lane="dm:{ana.id}"' in door.get(path).text
    item = comment(ana, "What does it cost?")
    text = door.get(path).text
    assert f'data-lane="comment:{item.id}"' in text
    assert "PUBLIC</span> reply to Ana’s comment" in text
    assert 'aria-label="Comment reply"' in text


def test_a_live_comment_opens_the_private_lane(enter: Enter, bo: User, ana: Identity) -> None:
    item = comment(ana, is_live=True)
    text = enter(bo).get(f"/customers/{ana.customer_id}/composer").text
    assert f'data-lane="private:{item.id}"' in text
    assert "Private reply to this comment" in text
    assert 'aria-label="Message"' in text


def test_a_commenter_who_never_wrote_gets_a_private_reply_or_a_public_one(
    enter: Enter, bo: User, now: datetime
) -> None:
    lena = make_identity(make_account(), "Lena")
    item, door = comment(lena), enter(bo)
    text = door.get(f"/customers/{lena.customer_id}/composer?lane=private:{item.id}").text
    assert text.count('type="radio"') == 3
    assert "6 d left to reply" in text


def test_every_lane_sends_what_it_says(enter: Enter, bo: User, ana: Identity) -> None:
    item, door, path = comment(ana), enter(bo), f"/customers/{ana.customer_id}/replies"
    for number, lane in enumerate((f"dm:{ana.id}", f"comment:{item.id}", f"private:{item.id}", "note")):
        answer = door.post(path, htmx=True, lane=lane, key=f"k{number}", text="Hello")
        assert answer.status_code == 200, lane
    sent = list(db.session().scalars(sa.select(Send.kind).order_by(Send.id)))
    assert sent == [SendKind.MESSAGE, SendKind.COMMENT_REPLY, SendKind.PRIVATE_REPLY]
    assert newest(ItemKind.NOTE).text == "Hello"


def test_an_answered_comment_shuts_its_lane_and_says_why(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item, door = comment(ana), enter(bo)
    comments.reply_publicly(item, make_user("Cy"), "Done", "other", now)
    text = door.get(f"/customers/{ana.customer_id}/composer?lane=comment:{item.id}").text
    assert "has a public reply already" in text
    assert "disabled aria-describedby" in text


def test_a_comment_that_was_answered_twice_at_once_is_answered_once(enter: Enter, bo: User, ana: Identity) -> None:
    item, door, path = comment(ana), enter(bo), f"/customers/{ana.customer_id}/replies"
    door.post(path, htmx=True, lane=f"comment:{item.id}", key="k1", text="One")
    answer = door.post(path, htmx=True, lane=f"comment:{item.id}", key="k2", text="Two")
    assert answer.status_code == 422
    assert ">Two</textarea>" in answer.text


def test_nobody_elses_comment_is_answered_from_here(enter: Enter, bo: User, ana: Identity) -> None:
    lena = make_identity(ana.account, "Lena")
    item = comment(lena)
    text = enter(bo).get(f"/customers/{ana.customer_id}/composer?lane=comment:{item.id}").text
    assert f'data-lane="dm:{ana.id}"' in text


def test_a_draft_is_kept_in_each_lane(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    dm = f"dm:{ana.id}"
    assert door.post(f"{path}/drafts", writing=dm, text="Dear Ana").status_code == 204
    assert door.post(f"{path}/drafts", writing="note", text="To the team").status_code == 204
    assert ">Dear Ana</textarea>" in door.get(f"{path}/composer?lane={dm}").text
    assert ">To the team</textarea>" in door.get(f"{path}/composer?lane=note").text
    assert ">Dear Ana</textarea>" not in enter(make_user("Cy")).get(path).text


def test_choosing_a_lane_keeps_what_was_being_written(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    answer = door.post(f"{path}/drafts", htmx=True, writing=f"dm:{ana.id}", lane="note", text="Dear Ana")
    assert 'aria-label="Note"' in answer.text
    assert drafts.of(bo.id, ana.customer) == {f"dm:{ana.id}": "Dear Ana"}


def test_a_sent_text_is_no_draft_any_more(enter: Enter, bo: User, ana: Identity) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    lane = f"dm:{ana.id}"
    door.post(f"{path}/drafts", writing=lane, text="Hi", key="k1")
    door.post(f"{path}/replies", lane=lane, text="Hi", key="k1")
    door.post(f"{path}/drafts", writing=lane, text="Hi", key="k1")
    assert drafts.of(bo.id, ana.customer) == {}


def test_g_s9_a_thread_that_moved_on_refuses_once_with_what_is_new(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    seen = door.get(f"{path}/composer").text.split('name="seen" value="')[1].split('"')[0]
    write(ana, "Forget it, I found it", now=now)
    answer = door.post(f"{path}/replies", htmx=True, text="Let me look", key="k1", seen=seen)
    assert answer.status_code == 422
    assert "Ana wrote meanwhile: “Forget it, I found it”" in answer.text
    assert ">Let me look</textarea>" in answer.text
    assert "Send anyway" in answer.text
    again = door.post(f"{path}/replies", htmx=True, text="Let me look", key="k1", seen=seen, anyway="1")
    assert again.status_code == 200


def test_g_s9_a_colleagues_answer_is_named(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    seen = door.get(f"{path}/composer").text.split('name="seen" value="')[1].split('"')[0]
    enter(make_user("Cy")).post(f"{path}/replies", text="On its way", key="k2")
    answer = door.post(f"{path}/replies", htmx=True, text="Me too", key="k1", seen=seen)
    assert "Cy answered meanwhile: “On its way”" in answer.text


def test_a_lane_that_cannot_be_is_none(enter: Enter, bo: User, ana: Identity) -> None:
    text = enter(bo).get(f"/customers/{ana.customer_id}/composer?lane=dm:{'9' * 5000}").text
    assert f'data-lane="dm:{ana.id}"' in text
