"""What may be done with one item: its menu, likes, hiding and deleting comments."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import sends
from igapp.models import Identity, Item, ItemKind, Send, SendKind, SendState, User
from tests.factories import comment, make_account, make_agent, make_identity, write
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
    return make_identity(make_account(), "Ana")


def entries(door: Door, item: Item) -> list[str]:
    """The entries of an item's menu on the profile, in their order."""
    page = door.get(f"/customers/{item.customer_id}").text
    article = page.split(f'id="item-{item.id}"')[1].split("</article>")[0]
    (may,) = re.findall(r'data-may="([^"]+)"', article) or [""]
    menu = page.split('<template id="item-menu">')[1].split("</template>")[0]
    words = dict(re.findall(r'data-entry="(\w+)".*?</svg>([^<]+)</', menu))
    assert set(may.split()) <= words.keys()
    return [words[name] for name in words if name in may.split()]


def kinds() -> list[SendKind]:
    return list(db.session().scalars(sa.select(Send.kind).order_by(Send.id)))


def done(now: datetime, platform_id: str | None = None) -> None:
    """Meta accepts the newest send."""
    send = db.session().scalars(sa.select(Send).order_by(Send.id.desc())).first()
    assert send is not None
    send.state = SendState.SENDING
    db.session().flush()
    sends.record_sent(send, platform_id, now)


def test_a_message_can_be_liked_and_set_aside(enter: Enter, bo: User, ana: Identity) -> None:
    assert entries(enter(bo), write(ana)) == ["Like message", "No Reply Needed"]


def test_a_comment_can_be_answered_hidden_deleted_and_set_aside(enter: Enter, bo: User, ana: Identity) -> None:
    assert entries(enter(bo), comment(ana)) == [
        "Reply with Instagram comment",
        "Reply with Instagram DM",
        "Hide comment",
        "Delete comment",
        "No Reply Needed",
    ]


def test_a_live_comment_can_be_answered_by_direct_message_alone(enter: Enter, bo: User, ana: Identity) -> None:
    assert entries(enter(bo), comment(ana, is_live=True)) == ["Reply with Instagram DM", "No Reply Needed"]


def test_the_direct_message_entry_goes_after_seven_days(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item = comment(ana, at=now - utc.days(7))
    assert "Reply with Instagram DM" not in entries(enter(bo), item)


def test_a_like_is_sent_once_and_shown_when_instagram_has_it(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    item, door = write(ana), enter(bo)
    for _ in range(2):
        assert door.post(f"/items/{item.id}/like", htmx=True).status_code == 204
    assert kinds() == [SendKind.LIKE]
    assert "Like message" not in entries(door, item)
    done(now)
    text = door.get(f"/customers/{item.customer_id}/timeline").text
    assert f'action="/items/{item.id}/like/removal"' in text
    assert 'aria-label="Liked"' in text


def test_pressing_the_heart_takes_the_like_back(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item, door = write(ana), enter(bo)
    item.liked_at = now
    assert door.post(f"/items/{item.id}/like/removal").location == f"/customers/{item.customer_id}"
    done(now)
    assert item.liked_at is None
    assert "Like message" in entries(door, item)


def test_liking_what_was_unsent_is_an_error_in_words(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item = write(ana)
    item.deleted_at = now
    answer = enter(bo).post(f"/items/{item.id}/like", htmx=True)
    assert answer.status_code == 422
    assert "was deleted: it cannot be liked any more" in answer.text


def test_a_refused_like_says_why_beside_the_message(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item, door = write(ana), enter(bo)
    door.post(f"/items/{item.id}/like")
    send = db.session().scalars(sa.select(Send)).one()
    send.state, send.problem = SendState.FAILED, "This person isn't available."
    text = door.get(f"/customers/{item.customer_id}/timeline").text
    assert "Like: <b>Failed</b>: This person isn&#39;t available." in text
    assert f'action="/sends/{send.id}/retry"' in text


@pytest.mark.parametrize(("path", "kind"), [("hiding", SendKind.HIDE), ("deletion", SendKind.DELETE)])
def test_hiding_and_deleting_ask_first_and_act_once(
    enter: Enter, bo: User, ana: Identity, path: str, kind: SendKind
) -> None:
    item, door = comment(ana), enter(bo)
    asked = door.post(f"/items/{item.id}/{path}")
    assert asked.status_code == 422
    assert "this comment?</h1>" in asked.text
    assert kinds() == []
    assert door.post(f"/items/{item.id}/{path}", htmx=True, is_sure="1").status_code == 204
    assert door.post(f"/items/{item.id}/{path}", htmx=True, is_sure="1").status_code == 422
    assert kinds() == [kind]


def test_a_hidden_comment_keeps_delete_and_no_reply_needed(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    item, door = comment(ana), enter(bo)
    door.post(f"/items/{item.id}/hiding", is_sure="1")
    assert '<span class="chip">Hidden</span>' not in door.get(f"/customers/{item.customer_id}").text
    done(now)
    assert '<span class="chip">Hidden</span>' in door.get(f"/customers/{item.customer_id}").text
    assert entries(door, item) == ["Delete comment", "No Reply Needed"]


def test_a_deleted_comment_keeps_no_reply_needed_alone(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item, door = comment(ana), enter(bo)
    door.post(f"/items/{item.id}/deletion", is_sure="1")
    done(now)
    assert "Deleted on Instagram" in door.get(f"/customers/{item.customer_id}").text
    assert entries(door, item) == ["No Reply Needed"]


def test_no_reply_needed_on_an_item_ends_its_session_alone(enter: Enter, bo: User, ana: Identity) -> None:
    write(ana)
    item, door = comment(ana), enter(bo)
    door.post(f"/conversations/{item.conversation_id}/no-reply-needed", session=str(item.session_id))
    assert "No Reply Needed" not in entries(door, item)
    message = db.session().scalars(sa.select(Item).where(Item.kind == ItemKind.MESSAGE)).one()
    assert "No Reply Needed" in entries(door, message)
