"""From an event to its outcome, and to what stands in the timeline."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import utc
from igapp.desk import timeline
from igapp.models import (
    Account,
    AttachmentKind,
    Conversation,
    Customer,
    Event,
    Item,
    ItemKind,
    MediaState,
    Outcome,
    Status,
)
from tests.instagram import wire

Deliver = Callable[..., list[Event]]
Items = Callable[[], list[Item]]

URL = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"


def file(kind: str, **payload: Any) -> Any:
    return {"type": kind, "payload": {"url": URL, **payload}}


KINDS: list[tuple[str, Any, ItemKind, list[AttachmentKind], str]] = [
    ("a text", wire.text("Hello"), ItemKind.MESSAGE, [], "Hello"),
    ("a picture", wire.attached(file("image")), ItemKind.MESSAGE, [AttachmentKind.IMAGE], "sent a picture"),
    (
        "three pictures",
        wire.attached(*[file("image")] * 3),
        ItemKind.MESSAGE,
        [AttachmentKind.IMAGE] * 3,
        "sent 3 pictures",
    ),
    ("a video", wire.attached(file("video")), ItemKind.MESSAGE, [AttachmentKind.VIDEO], "sent a video"),
    ("a voice message", wire.attached(file("audio")), ItemKind.MESSAGE, [AttachmentKind.AUDIO], "sent a voice message"),
    ("a file", wire.attached(file("file")), ItemKind.MESSAGE, [AttachmentKind.FILE], "sent a file"),
    (
        "a sticker",
        wire.attached(file("image", sticker_id=1)),
        ItemKind.MESSAGE,
        [AttachmentKind.STICKER],
        "sent a sticker",
    ),
    ("a heart", wire.attached({"type": "like_heart"}), ItemKind.MESSAGE, [AttachmentKind.LIKE], "sent a ❤️"),
    ("a share", wire.attached(file("share")), ItemKind.MESSAGE, [AttachmentKind.SHARE], "shared a post"),
    (
        "a post that comes as two",
        wire.attached(file("share", ig_post_media_id="1"), file("ig_post", ig_post_media_id="1")),
        ItemKind.MESSAGE,
        [AttachmentKind.POST],
        "shared a post",
    ),
    ("a reel", wire.attached(file("ig_reel")), ItemKind.MESSAGE, [AttachmentKind.REEL], "shared a reel"),
    ("a story", wire.attached(file("ig_story")), ItemKind.MESSAGE, [AttachmentKind.STORY], "shared a story"),
    ("a card", wire.attached(file("template")), ItemKind.MESSAGE, [AttachmentKind.TEMPLATE], "sent a card"),
    (
        "a view-once picture",
        wire.attached({"type": "ephemeral"}),
        ItemKind.MESSAGE,
        [AttachmentKind.VIEW_ONCE],
        "sent a view-once photo or video",
    ),
    (
        "a story mention",
        wire.attached(file("story_mention")),
        ItemKind.STORY_MENTION,
        [AttachmentKind.STORY],
        "mentioned you in their story",
    ),
    (
        "a reply to a story",
        wire.item(message={"mid": "s", "text": "Love it", "reply_to": {"story": {"id": "1", "url": URL}}}),
        ItemKind.STORY_REPLY,
        [],
        "Love it",
    ),
    (
        "a tap on an ice breaker",
        wire.item(postback={"title": "Where is my order?", "payload": "ICE"}),
        ItemKind.POSTBACK,
        [],
        "Where is my order?",
    ),
    (
        "a referral alone",
        wire.item(referral={"ref": "summer", "source": "IGME-SOURCE-LINK"}),
        ItemKind.REFERRAL,
        [],
        "opened the chat from a link",
    ),
    (
        "an unknown attachment",
        wire.attached(file("hologram")),
        ItemKind.UNSUPPORTED,
        [AttachmentKind.UNSUPPORTED],
        "sent an unsupported message",
    ),
    (
        "an unsupported message",
        wire.item(message={"mid": "u", "is_unsupported": True}),
        ItemKind.UNSUPPORTED,
        [],
        "sent an unsupported message",
    ),
    ("an empty message", wire.item(message={"mid": "e"}), ItemKind.UNSUPPORTED, [], "sent an unsupported message"),
]


@pytest.mark.parametrize(
    ("item", "kind", "attached", "preview"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS]
)
def test_each_kind_is_shown_as_what_it_is(
    deliver: Deliver, items: Items, account: Account, item: Any, kind: ItemKind, attached: list[Any], preview: str
) -> None:
    (event,) = deliver(wire.body(item))
    assert (event.outcome, event.reason) == (Outcome.APPLIED, None)
    (shown,) = items()
    assert (shown.kind, [one.kind for one in shown.attachments]) == (kind, attached)
    assert timeline.preview(shown) == preview


IGNORED: list[tuple[Any, str]] = [
    (wire.body(wire.text()) | {"object": "page"}, "The object is “page”, not “instagram”."),
    ({"field": "messages", "value": wire.text()}, "A test of the dashboard."),
    (wire.body(wire.item()), "The entry has no event."),
    (wire.body(wire.item(optin={"ref": "x"})), "We know no event “optin”."),
    (wire.change({"media_id": "1"}, field="story_insights"), "We know no event “story_insights”."),
    (wire.body(wire.item(take_thread_control={})), "Another app's matter (take_thread_control)."),
    (wire.body(wire.own_item(reaction={"mid": "m", "action": "react"})), "A reaction made by the company in the app."),
    (wire.body(wire.own_item(read={"mid": "m"})), "Read by the company in the app."),
    (wire.body(wire.own_item(message={"mid": "m", "text": "x", "is_self": True})), "A note of the account to itself."),
    (wire.body({"message": {"mid": "m", "text": "x"}}), "Nobody is named as sender."),
    (wire.change(wire.comment(author=wire.ACCOUNT)), "Our own comment."),
    (wire.change(wire.comment(parent_id="1")), "A reply below a comment."),
    (wire.change({"text": "x", "from": {"id": "1"}}), "The comment has no id: nothing could be done with it."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), IGNORED, ids=[case[1] for case in IGNORED])
def test_what_is_ignored_says_why(deliver: Deliver, items: Items, account: Account, body: Any, reason: str) -> None:
    (event,) = deliver(body)
    assert (event.outcome, event.reason) == (Outcome.IGNORED, reason)
    assert items() == []


SWITCHES: list[tuple[str, Any, str]] = [
    ("is_dm_on", wire.body(wire.text()), "Direct messages"),
    ("is_dm_on", wire.body(wire.item(postback={"title": "Where is my order?", "payload": "ICE"})), "Direct messages"),
    ("is_dm_on", wire.body(wire.item(referral={"ref": "summer", "source": "IGME-SOURCE-LINK"})), "Direct messages"),
    ("is_story_mentions_on", wire.body(wire.attached(file("story_mention"))), "Story mentions"),
    ("is_echo_on", wire.body(wire.echo()), "Echo"),
    ("is_comments_on", wire.change(wire.comment()), "Comments"),
]


@pytest.mark.parametrize(("switch", "body", "what"), SWITCHES)
def test_a_kind_that_is_switched_off_is_only_recorded(
    deliver: Deliver, items: Items, account: Account, db_session: Session, switch: str, body: Any, what: str
) -> None:
    setattr(account, switch, False)
    db_session.commit()
    (event,) = deliver(body)
    assert (event.outcome, event.reason) == (Outcome.IGNORED, f"{what} of this account: switched off.")
    assert items() == []


@pytest.mark.parametrize(("switch", "body"), [case[:2] for case in SWITCHES])
def test_a_kind_that_is_switched_on_comes_in_though_all_others_are_off(
    deliver: Deliver, items: Items, account: Account, db_session: Session, switch: str, body: Any
) -> None:
    for other in {case[0] for case in SWITCHES} - {switch}:
        setattr(account, other, False)
    db_session.commit()
    (event,) = deliver(body)
    assert (event.outcome, len(items())) == (Outcome.APPLIED, 1)


def test_what_changes_a_stored_message_applies_though_its_kind_is_off(
    deliver: Deliver, items: Items, account: Account, db_session: Session
) -> None:
    deliver(wire.body(wire.text("Secret", name="m1")))
    account.is_dm_on = False
    db_session.commit()
    deliver(wire.body(wire.item(message={"mid": "m1", "is_deleted": True})))
    assert items()[0].is_deleted


def test_an_account_is_known_by_either_of_its_ids(deliver: Deliver, items: Items, account: Account) -> None:
    deliver(wire.body(wire.text(), account=wire.OTHER_ID))
    assert len(items()) == 1


def test_g_l7_a_refused_token_does_not_keep_messages_out(
    deliver: Deliver, items: Items, account: Account, db_session: Session
) -> None:
    account.token_encrypted = None
    db_session.commit()
    deliver(wire.body(wire.text()))
    assert len(items()) == 1


def test_a_message_starts_a_session_and_the_sla(deliver: Deliver, account: Account, db_session: Session) -> None:
    at = int(utc.now().timestamp() * 1000)
    deliver(wire.body(wire.text(at=at)))
    conversation = db_session.scalars(sa.select(Conversation)).one()
    assert conversation.status == Status.NEW
    assert conversation.due_at is not None
    assert round((conversation.due_at.timestamp() * 1000) - at) == 60 * 60 * 1000


def test_an_echo_is_shown_as_sent_from_instagram(deliver: Deliver, items: Items, account: Account) -> None:
    deliver(wire.body(wire.text()), wire.body(wire.echo("Yes, it is!", at=wire.START + 1000)))
    assert [(item.kind, item.is_inbound) for item in items()] == [(ItemKind.MESSAGE, True), (ItemKind.ECHO, False)]


def test_a_quick_reply_a_quote_and_an_ad_are_kept_with_the_message(
    deliver: Deliver, items: Items, account: Account
) -> None:
    ad = {"ad_id": "1202", "source": "ADS", "ads_context_data": {"ad_title": "Spring"}}
    message = {"mid": "m", "text": "Blue", "quick_reply": {"payload": "B"}, "reply_to": {"mid": "q"}, "referral": ad}
    deliver(wire.body(wire.item(message=message)))
    details = items()[0].details
    assert (details["quick_reply"], details["reply_to"]) == ("B", "q")
    assert details["referral"] == {"ad_id": "1202", "source": "ADS", "ad_title": "Spring"}


def test_a_story_is_linked_and_never_fetched(deliver: Deliver, items: Items, account: Account) -> None:
    deliver(wire.body(wire.attached(file("story_mention"), at=int(utc.now().timestamp() * 1000))))
    (story,) = items()[0].attachments
    assert (story.state, story.url) == (MediaState.LINKED, URL)
    assert story.expires_at is not None


def test_a_mention_that_expired_before_it_came_is_routed_all_the_same(
    deliver: Deliver, items: Items, account: Account, db_session: Session
) -> None:
    deliver(wire.body(wire.attached(file("story_mention"))))
    (story,) = items()[0].attachments
    assert story.state == MediaState.EXPIRED
    assert db_session.scalars(sa.select(Conversation)).one().status == Status.NEW


def test_a_comment_stands_under_its_post(deliver: Deliver, items: Items, account: Account) -> None:
    deliver(wire.change(wire.comment()))
    (shown,) = items()
    assert (shown.kind, shown.text, shown.platform_id) == (ItemKind.COMMENT, "Price?", "17900000000000010")
    assert shown.post is not None
    assert (shown.post.media_id, shown.post.product) == ("17918195224117851", "FEED")


def test_comments_on_one_post_share_its_card(deliver: Deliver, items: Items, account: Account) -> None:
    deliver(wire.change(wire.comment("1")), wire.change(wire.comment("2", author=wire.ANA)))
    one, other = items()
    assert one.post_id == other.post_id


def test_g_d6_what_comes_before_its_message_takes_effect_when_it_comes(
    deliver: Deliver, items: Items, account: Account
) -> None:
    edit = wire.item(at=wire.START + 1, message_edit={"mid": "m1", "text": "Green couch?", "num_edit": 1})
    react = wire.item(at=wire.START + 2, reaction={"mid": "m1", "action": "react", "emoji": "🔥"})
    events = deliver(wire.body(edit), wire.body(react), wire.body(wire.text("Gren couch?", name="m1")))
    assert [event.outcome for event in events] == [Outcome.APPLIED] * 3
    assert events[0].reason == "Kept until its message comes."
    (shown,) = items()
    assert (shown.text, shown.reaction) == ("Green couch?", "🔥")


def test_an_unsend_that_overtakes_a_first_message_makes_no_customer_and_still_counts(
    deliver: Deliver, items: Items, account: Account, db_session: Session
) -> None:
    deliver(wire.body(wire.item(message={"mid": "m1", "is_deleted": True})))
    assert db_session.scalars(sa.select(Customer)).all() == []
    deliver(wire.body(wire.text("Oops", name="m1")))
    (shown,) = items()
    assert (shown.text, shown.is_deleted) == (None, True)


def test_what_befalls_a_first_message_in_the_same_batch_takes_effect(
    deliver: Deliver, items: Items, account: Account
) -> None:
    first = wire.text("Oops", name="m1")
    unsend = wire.item(at=wire.START + 1000, message={"mid": "m1", "is_deleted": True})
    events = deliver(wire.body(first, unsend))
    assert [event.reason for event in events] == [None, None]
    assert items()[0].is_deleted


def test_an_edit_without_content_waits_for_its_message_and_then_says_nothing(
    deliver: Deliver, items: Items, account: Account, db_session: Session
) -> None:
    edit = {"timestamp": wire.START, "message_edit": {"mid": "m1", "num_edit": 0}}
    (event,) = deliver(wire.body(edit))
    assert (event.outcome, event.reason) == (Outcome.PENDING, "Waits for its message.")
    deliver(wire.body(wire.text(name="m1")))
    db_session.execute(sa.update(Event).where(Event.kind == "edit").values(next_try_at=utc.now()))
    db_session.commit()
    (event, *_) = deliver(wire.body(wire.text()))
    assert (event.outcome, event.reason) == (Outcome.IGNORED, "It says nothing new: its message is here.")


def test_two_people_with_one_name_are_two_customers(deliver: Deliver, account: Account, db_session: Session) -> None:
    deliver(wire.change(wire.comment("1", author="1")), wire.change(wire.comment("2", author="2")))
    names = [customer.username for customer in db_session.scalars(sa.select(Customer))]
    assert names == ["lena.fischer", "lena.fischer"]
