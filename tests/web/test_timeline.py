"""The timeline on the page: every kind by its name, states in words, older ones by key."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest

from igapp import db, utc
from igapp.desk import closing, conversations, timeline
from igapp.models import (
    Attachment,
    AttachmentKind,
    Identity,
    Item,
    ItemKind,
    MediaState,
    Post,
    Send,
    SendKind,
    SendState,
    User,
)  # fmt: skip
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_user, write
from tests.infra.counting import queries
from tests.web.conftest import Door

Enter = Callable[..., Door]
NOW = utc.now()


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
    write(identity, "Hello?", now=now - utc.hours(1))
    return identity


def put(ana: Identity, kind: ItemKind, **values: Any) -> Item:
    """Something that happened with Ana."""
    values = {"at": utc.now(), "arrived_at": utc.now(), "text": None, "details": {}} | values
    item = Item(kind=kind, identity=ana, account=ana.account, **values)
    timeline.add(conversation_of(ana), item)
    db.session().flush()
    return item


def count_up(ana: Identity, until: int, now: datetime) -> None:
    """Ana writes so many messages, "number 0." and on, one each second."""
    for number in range(until):
        put(ana, ItemKind.MESSAGE, text=f"number {number}.", is_inbound=True, at=now + utc.seconds(number))


def sent(item: Item, state: SendState, **values: Any) -> Send:
    """How an item of ours is on its way."""
    send = Send(kind=SendKind.MESSAGE, state=state, account=item.account, identity=item.identity, item=item,
                conversation_id=item.conversation.id, key=f"key-{item.id}", queued_at=utc.now(), **values)  # fmt: skip
    db.session().add(send)
    return send


def names(text: str) -> list[str]:
    """The articles of a page by their accessible names."""
    return [unescape(name) for name in re.findall(r'<article[^>]* aria-label="([^"]*)"', text)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ItemKind.MESSAGE, "Message from Ana"),
        (ItemKind.STORY_MENTION, "Ana mentioned"),
        (ItemKind.STORY_REPLY, "Message from Ana"),
        (ItemKind.POSTBACK, "Message from Ana"),
        (ItemKind.UNSUPPORTED, "Message from Ana"),
        (ItemKind.COMMENT, "Comment from Ana"),
        (ItemKind.LIVE_COMMENT, "Live comment from Ana"),
        (ItemKind.REPLY, "Reply by Bo"),
        (ItemKind.ECHO, "Sent from Instagram"),
        (ItemKind.AUTO_REPLY, "Automatic reply"),
        (ItemKind.COMMENT_REPLY, "Comment reply by Bo"),
        (ItemKind.PRIVATE_REPLY, "Private reply by Bo"),
        (ItemKind.NOTE, "Note by Bo"),
        (ItemKind.REFERRAL, "Ana came by a link"),
    ],
)
def test_every_kind_is_an_article_by_its_name(enter: Enter, bo: User, ana: Identity, kind: ItemKind, name: str) -> None:
    ours = (ItemKind.REPLY, ItemKind.COMMENT_REPLY, ItemKind.PRIVATE_REPLY, ItemKind.NOTE)
    put(ana, kind, text="x", author=bo if kind in ours else None, is_inbound="customer" in kind)
    assert names(enter(bo).get(f"/customers/{ana.customer_id}").text)[-1] == name


def test_an_event_is_an_article_named_by_its_sentence(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    timeline.event(conversation_of(ana), "Routed to {agent} because …", now, agent_id=bo.id, agent_name="Bo")
    path = f"/customers/{ana.customer_id}/timeline"
    assert names(enter(bo).get(path).text)[-1] == "Routed to you because …"
    assert names(enter(make_user("Cy")).get(path).text)[-1] == "Routed to Bo because …"


@pytest.mark.parametrize(
    ("state", "values", "words"),
    [
        (SendState.QUEUED, {}, "<b>Sending</b>"),
        (SendState.SENDING, {}, "<b>Sending</b>"),
        (SendState.SENT, {}, "<b>Sent</b>"),
        (SendState.WAITING, {"problem": "Waiting: the rate limit."}, "<b>Waiting</b>: the rate limit."),
        (SendState.FAILED, {"problem": "The person is not there."}, "<b>Failed</b>: The person is not there."),
        (SendState.CHECKING, {"problem": "Unknown. Checking…", "next_try_at": NOW}, "<b>Checking…</b>: Unknown."),
        (SendState.DISCARDED, {}, "<b>Discarded</b>"),
    ],
)  # fmt: skip
def test_states_are_words(
    enter: Enter, bo: User, ana: Identity, state: SendState, values: dict[str, Any], words: str
) -> None:
    sent(put(ana, ItemKind.REPLY, text="Hi", author=bo), state, **values)
    assert words in enter(bo).get(f"/customers/{ana.customer_id}").text


@pytest.mark.parametrize(
    ("state", "values", "buttons"),
    [
        (SendState.SENT, {}, []),
        (SendState.SENDING, {}, []),
        (SendState.WAITING, {}, ["Discard"]),
        (SendState.FAILED, {}, ["Retry", "Discard"]),
        (SendState.CHECKING, {"next_try_at": utc.now()}, []),
        (SendState.CHECKING, {}, ["Retry", "Discard"]),
    ],
)
def test_the_agent_decides_where_a_decision_is_wanted(
    enter: Enter, bo: User, ana: Identity, state: SendState, values: dict[str, Any], buttons: list[str]
) -> None:
    sent(put(ana, ItemKind.REPLY, text="Hi", author=bo), state, **values)
    text = enter(bo).get(f"/customers/{ana.customer_id}/timeline").text
    assert re.findall(r">(Retry|Discard)</button>", text) == buttons


def test_seen_stands_once_under_the_last_message_read(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    for number, seen_at in enumerate((now, now, None)):
        item = put(ana, ItemKind.REPLY, text="Hi", author=bo, seen_at=seen_at, at=now + utc.seconds(number))
        sent(item, SendState.SENT)
    text = enter(bo).get(f"/customers/{ana.customer_id}/timeline").text
    assert re.findall(r"<b>(\w+)</b>", text) == ["Seen", "Sent"]


def test_unsent_messages_and_comments_say_so(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    put(ana, ItemKind.MESSAGE, is_inbound=True, deleted_at=now)
    put(ana, ItemKind.COMMENT, is_inbound=True, deleted_at=now)
    text = enter(bo).get(f"/customers/{ana.customer_id}").text
    assert "Message was deleted" in text
    assert "Comment was deleted" in text


def test_edits_badges_reactions_and_quotes_are_shown(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    put(ana, ItemKind.REPLY, text="Which one?", platform_id="q1", author=bo, reaction="👍")
    put(ana, ItemKind.MESSAGE, text="Blue", is_inbound=True, details={"reply_to": "q1"}, edits=[{"text": "Bleu"}])
    put(ana, ItemKind.COMMENT, text="c", is_inbound=True, hidden_at=now, removed_at=now)
    text = enter(bo).get(f"/customers/{ana.customer_id}").text
    for shown in ("Which one?</p>", "Edited</summary>", "Bleu", ">Hidden<", ">Deleted on Instagram<"):
        assert shown in text
    assert 'role="img" aria-label="Liked">❤️' in text


def test_a_quote_of_something_unknown_says_so(enter: Enter, bo: User, ana: Identity) -> None:
    put(ana, ItemKind.MESSAGE, text="Blue", is_inbound=True, details={"reply_to": "gone"})
    assert "An earlier message" in enter(bo).get(f"/customers/{ana.customer_id}").text


def test_a_story_is_shown_from_instagram_until_it_expires(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    item = put(ana, ItemKind.STORY_MENTION, is_inbound=True)
    story = Attachment(item=item, kind=AttachmentKind.STORY, url="https://x.cdninstagram.com/s.jpg",
                       state=MediaState.LINKED, expires_at=now + utc.hours(3.5))  # fmt: skip
    db.session().add(story)
    door, path = enter(bo), f"/customers/{ana.customer_id}"
    assert 'src="https://x.cdninstagram.com/s.jpg"' in door.get(path).text
    assert "3 h left" in door.get(path).text
    story.expires_at = now - utc.seconds(1)
    assert "Story is no longer available" in door.get(path).text
    assert "s.jpg" not in door.get(path).text


def test_the_story_that_was_answered_is_beside_the_answer(enter: Enter, bo: User, ana: Identity) -> None:
    url = "https://x.cdninstagram.com/s.jpg"
    put(ana, ItemKind.STORY_REPLY, text="Love it", is_inbound=True, details={"story": {"url": url}})
    text = enter(bo).get(f"/customers/{ana.customer_id}").text
    assert f'src="{url}"' in text
    assert "Love it" in text


@pytest.mark.parametrize(
    ("kind", "state", "shown"),
    [
        (AttachmentKind.IMAGE, MediaState.WAITING, "is being fetched"),
        (AttachmentKind.IMAGE, MediaState.READY, 'alt="Picture"'),
        (AttachmentKind.VIDEO, MediaState.READY, "<video "),
        (AttachmentKind.AUDIO, MediaState.READY, "<audio "),
        (AttachmentKind.FILE, MediaState.READY, "download>File</a>"),
        (AttachmentKind.IMAGE, MediaState.FAILED, "is no longer available at Instagram"),
        (AttachmentKind.REEL, MediaState.LINKED, "Open on Instagram"),
        (AttachmentKind.SHARE, MediaState.LINKED, "Shared post"),
        (AttachmentKind.LIKE, MediaState.NONE, 'aria-label="Heart"'),
        (AttachmentKind.VIEW_ONCE, MediaState.NONE, "View-once photo or video"),
        (AttachmentKind.UNSUPPORTED, MediaState.NONE, "Unsupported message (raw)"),
    ],
)
def test_attachments_are_shown_as_what_they_are(
    enter: Enter, bo: User, ana: Identity, kind: AttachmentKind, state: MediaState, shown: str
) -> None:
    item = put(ana, ItemKind.MESSAGE, is_inbound=True)
    url = "https://www.instagram.com/reel/1"
    db.session().add(Attachment(item=item, kind=kind, raw_kind="raw", url=url, state=state))
    assert shown in enter(bo).get(f"/customers/{ana.customer_id}").text


@pytest.mark.parametrize("kind", [ItemKind.UNSUPPORTED, ItemKind.ECHO])
@pytest.mark.parametrize("is_attached", [True, False])
def test_that_a_message_is_not_supported_is_said_once(
    enter: Enter, bo: User, ana: Identity, kind: ItemKind, is_attached: bool
) -> None:
    item = put(ana, kind, text=None, details={"raw_kind": "hologram"})
    if is_attached:
        unknown = Attachment(item=item, kind=AttachmentKind.UNSUPPORTED, raw_kind="hologram", state=MediaState.NONE)
        db.session().add(unknown)
    words = "Unsupported message (hologram). It can be seen in the Instagram app."
    assert enter(bo).get(f"/customers/{ana.customer_id}").text.count(words) == 1


def test_consecutive_comments_on_one_post_share_a_public_card(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    post = Post(account_id=ana.account_id, media_id="p", caption="The couch", permalink="https://www.instagram.com/p/1")
    db.session().add(post)
    db.session().flush()
    for number, kind in enumerate((ItemKind.COMMENT, ItemKind.COMMENT, ItemKind.MESSAGE, ItemKind.COMMENT)):
        at = now + utc.seconds(number)
        put(ana, kind, text="c", is_inbound=True, post=post if kind == ItemKind.COMMENT else None, at=at)
    text = enter(bo).get(f"/customers/{ana.customer_id}").text
    assert text.count('role="group" aria-label="Post: The couch"') == 2
    assert "PUBLIC" in text


def test_conversations_are_set_apart(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    closing.close(conversation_of(ana), bo, now)
    text = enter(bo).get(f"/customers/{ana.customer_id}").text
    assert "Support · closed by Bo" in text


def test_texts_names_and_captions_are_data(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    ana.customer.name = evil
    put(ana, ItemKind.MESSAGE, text=evil, is_inbound=True)
    conversations.assign(conversation_of(ana), bo, now)
    for path in ("", "/head", "/context", "/composer", "/timeline"):
        assert "<img src=x" not in enter(bo).get(f"/customers/{ana.customer_id}{path}").text
    assert "<img src=x" not in enter(bo).get("/").text


def test_older_items_come_by_key_and_keep_their_order(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    count_up(ana, 120, now)
    door = enter(bo)
    seen: list[str] = []
    text = door.get(f"/customers/{ana.customer_id}").text
    while True:
        seen = re.findall(r"number (\d+)\.", text) + seen
        older = re.search(r'hx-get="(/customers/\d+/history\?before=[\d-]+)"', text)
        if older is None:
            break
        text = door.get(older[1]).text
    assert [int(number) for number in seen] == list(range(120))


def test_an_open_page_keeps_its_first_item_while_new_ones_come(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    count_up(ana, 60, now)
    door = enter(bo)
    again = re.search(
        r'hx-get="(/customers/\d+/timeline\?since=[\d-]+)"', door.get(f"/customers/{ana.customer_id}").text
    )
    assert again is not None
    before = len(names(door.get(again[1]).text))
    put(ana, ItemKind.MESSAGE, text="one more", is_inbound=True, at=now + utc.seconds(99))
    assert len(names(door.get(again[1]).text)) == before + 1 == 51


@pytest.mark.parametrize("shown", [0, 1, 49])
def test_what_comes_late_is_shown_before_the_first_item_of_an_open_page(
    enter: Enter, bo: User, ana: Identity, now: datetime, shown: int
) -> None:
    count_up(ana, shown, now)
    door = enter(bo)
    again = re.search(r'hx-get="(/customers/\d+/timeline[^"]*)"', door.get(f"/customers/{ana.customer_id}").text)
    assert again is not None
    put(ana, ItemKind.MESSAGE, text="late", is_inbound=True, at=now - utc.days(1))
    found = door.get(again[1]).text
    assert re.findall(r"late|number \d+", found) == ["late", *(f"number {number}" for number in range(shown))]


def test_what_comes_late_is_shown_before_the_first_item_of_older_messages(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    count_up(ana, 60, now)
    door = enter(bo)
    older = re.search(r'hx-get="(/customers/\d+/history[^"]*)"', door.get(f"/customers/{ana.customer_id}").text)
    assert older is not None
    again = re.search(r'hx-get="(/customers/\d+/timeline[^"]*)"', door.get(older[1]).text.replace("&amp;", "&"))
    assert again is not None
    put(ana, ItemKind.MESSAGE, text="late", is_inbound=True, at=now - utc.days(1))
    assert re.findall(r"late|number \d+", door.get(again[1]).text) == ["late", *(f"number {n}" for n in range(10))]


def test_g_v4_the_number_of_queries_of_a_profile_does_not_grow(
    enter: Enter, bo: User, ana: Identity, now: datetime
) -> None:
    door = enter(bo)

    def queries_with(items: int) -> int:
        for number in range(items):
            item = put(ana, ItemKind.REPLY, text="Hi", author=bo, details={"reply_to": f"m{number}"})
            sent(item, SendState.SENT)
            db.session().add(Attachment(item=item, kind=AttachmentKind.IMAGE, state=MediaState.READY))
        db.commit()
        profile = f"/customers/{ana.customer_id}"
        return queries(lambda: door.get(profile))

    assert queries_with(1) == queries_with(40) <= 40


def test_a_customer_who_does_not_exist_is_not_there(enter: Enter, bo: User) -> None:
    assert enter(bo).get("/customers/999").status_code == 404


def test_a_merged_customer_leads_to_the_one_that_was_kept(enter: Enter, bo: User, ana: Identity) -> None:
    lena = make_identity(ana.account, "Lena")
    lena.customer.merged_into_id = ana.customer_id
    answer = enter(bo).get(f"/customers/{lena.customer_id}?compose=1")
    assert answer.location == f"/customers/{ana.customer_id}?compose=1"


@pytest.mark.parametrize("query", ["before=x", "since=1-1&before=1-1", "since=99999999999999999-1"])
def test_odd_keys_do_no_harm(enter: Enter, bo: User, ana: Identity, query: str) -> None:
    assert enter(bo).get(f"/customers/{ana.customer_id}/timeline?{query}").status_code == 200


def test_a_conversations_line_stays_when_its_stretch_is_fetched_again(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    again = re.search(r'hx-get="(/customers/\d+/timeline[^"]*)"', door.get(f"/customers/{ana.customer_id}").text)
    assert again
    assert door.get(unescape(again[1])).text.count('class="day"') == 1


def test_a_conversation_that_begins_a_stretch_has_its_line(enter: Enter, bo: User, ana: Identity) -> None:
    closing.close(conversation_of(ana), bo, NOW - utc.hours(30))
    write(ana, "Me again", now=NOW)
    for second in range(1, timeline.PAGE_SIZE):
        put(ana, ItemKind.MESSAGE, text="And again", is_inbound=True, at=NOW + utc.seconds(second))
    page = enter(bo).get(f"/customers/{ana.customer_id}").text
    assert len(names(page)) == timeline.PAGE_SIZE
    assert page.count('class="day"') == 1


def test_seen_stands_once_however_many_stretches_are_open(enter: Enter, bo: User, ana: Identity) -> None:
    for minute in range(timeline.PAGE_SIZE + 5):
        at = NOW - utc.minutes(58 - minute)
        put(ana, ItemKind.ECHO, text=f"Line {minute}", is_inbound=False, at=at, seen_at=NOW)
    door = enter(bo)
    page = door.get(f"/customers/{ana.customer_id}").text
    older = re.search(r'hx-get="(/customers/\d+/history[^"]*)"', page)
    assert older
    assert [text.count("<b>Seen</b>") for text in (page, door.get(unescape(older[1])).text)] == [1, 0]
