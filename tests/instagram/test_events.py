"""Every envelope and shape of a delivery, read into events."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from igapp.instagram import contents as say
from igapp.instagram import events
from igapp.instagram.events import WireEvent
from igapp.models import LANES
from tests.instagram import wire


def parsed(value: Any) -> list[WireEvent]:
    return events.parse(json.dumps(value))


def only(value: Any) -> WireEvent:
    (event,) = parsed(value)
    return event


def said(item: Any) -> say.Content:
    return only(wire.body(item)).content


def test_a_message_says_who_wrote_what_when() -> None:
    event = only(wire.body(wire.text("Hello", name="m1")))
    assert (event.account_id, event.customer_id, event.is_ours) == (wire.ACCOUNT, wire.LENA, False)
    assert event.at is not None
    assert event.at.timestamp() * 1000 == wire.START
    assert event.content == say.Message("m1", "Hello")


def test_every_event_of_every_entry_is_read() -> None:
    mixed = {
        "object": "instagram",
        "entry": [
            {
                "id": wire.ACCOUNT,
                "time": wire.START,
                "messaging": [wire.text(), wire.text()],
                "standby": [wire.text()],
                "changes": [{"field": "comments", "value": wire.comment()}],
            },
            {"id": "other", "time": wire.START, "messaging": [wire.text()]},
        ],
    }
    kinds = [(event.account_id, event.kind) for event in parsed(mixed)]
    assert kinds == [(wire.ACCOUNT, "message")] * 3 + [(wire.ACCOUNT, "comment"), ("other", "message")]


def test_direct_messages_may_come_as_changes() -> None:
    event = only(wire.change(wire.text("Hi"), field="messages"))
    assert isinstance(event.content, say.Message)
    assert event.customer_id == wire.LENA


def test_the_flat_form_says_the_same_as_changes() -> None:
    flat = {"object": "instagram", "entry": [{"id": wire.ACCOUNT, "time": wire.START // 1000} | CHANGE]}
    assert only(flat).content == only(wire.change(wire.comment())).content
    assert only(flat).key == only(wire.change(wire.comment())).key


CHANGE = {"field": "comments", "value": wire.comment()}


@pytest.mark.parametrize(
    "value",
    [
        {"field": "messages", "value": wire.text()},
        {"sample": {"field": "messages", "value": wire.text()}},
        wire.body(wire.text(), account="0"),
        wire.change(wire.comment(), account="0"),
    ],
)
def test_the_dashboards_test_is_a_test(value: Any) -> None:
    assert only(value).content == say.Test()


def test_a_missing_object_counts_as_instagram_and_another_one_is_named() -> None:
    event = wire.body(wire.text())
    assert only({"entry": event["entry"]}).object == "instagram"
    assert only(event | {"object": "page"}).object == "page"


@pytest.mark.parametrize(
    "value",
    [{}, [], None, 1, "x", {"entry": []}, {"entry": [{}]}, {"entry": [{"id": "1"}]}, {"object": "page", "entry": [{}]}],
)
def test_a_body_without_events_has_none(value: Any) -> None:
    assert parsed(value) == []


def test_what_is_no_json_is_one_unreadable_event() -> None:
    (event,) = events.parse(b"not json \xff\0")
    assert event.content == say.Unreadable()
    assert "\0" not in event.body


@pytest.mark.parametrize(
    ("item", "content"),
    [
        (wire.item(message={"mid": "m", "is_deleted": True}), say.Unsend("m")),
        (wire.item(message={"mid": "m", "is_deleted": False, "text": "x"}), say.Message("m", "x")),
        (wire.item(message={"mid": "m", "is_unsupported": True}), say.Message("m", is_unsupported=True)),
        (
            wire.item(message={"mid": "m", "text": "Blue", "quick_reply": {"payload": "B"}}),
            say.Message("m", "Blue", quick_reply="B"),
        ),
        (
            wire.item(message={"mid": "m", "text": "yes", "reply_to": {"mid": "q"}}),
            say.Message("m", "yes", reply_to="q"),
        ),
        (
            wire.item(message={"mid": "m", "text": "!", "reply_to": {"story": {"id": 7, "url": "https://s/1"}}}),
            say.Message("m", "!", story=say.Story("7", "https://s/1")),
        ),
        (
            wire.item(
                message={"mid": "m", "text": "?", "referral": {"ad_id": 1, "ads_context_data": {"ad_title": "Spring"}}}
            ),
            say.Message("m", "?", referral=say.Referral(ad_id="1", ad_title="Spring")),
        ),
        (
            wire.item(message={"mid": "m", "text": "?", "referral": {"product": {"id": "5"}}}),
            say.Message("m", "?", referral=say.Referral(product_id="5")),
        ),
        (wire.item(postback={"title": "Where?", "payload": "P"}), say.Postback(None, "Where?", "P", None)),
        (wire.item(referral={"ref": "summer", "source": "LINK"}), say.Referral("summer", "LINK")),
        (
            wire.item(reaction={"mid": "m", "action": "react", "reaction": "love"}),
            say.Reaction("m", "❤️", False, "react"),
        ),
        (wire.item(reaction={"mid": "m", "action": "react", "emoji": "🔥"}), say.Reaction("m", "🔥", False, "react")),
        (wire.item(reaction={"mid": "m", "action": "unreact"}), say.Reaction("m", None, True, "unreact")),
        (wire.item(read={"mid": "m"}), say.Read("m", None)),
        (wire.item(message_edit={"mid": "m", "text": "new", "num_edit": "2"}), say.Edit("m", "new", 2)),
        (wire.item(message_edit={"mid": "m", "num_edit": 0}), say.Edit("m", None, 0)),
        (wire.item(pass_thread_control={"new_owner_app_id": 222}), say.Handover("pass_thread_control")),
        (wire.item() | {"policy-enforcement": {"action": "block"}}, say.Unknown("policy-enforcement")),
        (wire.item(message="no object"), say.Unknown("message")),
        (wire.item(), say.Unknown("")),
    ],
)
def test_each_kind_of_item_is_read(item: Any, content: say.Content) -> None:
    assert said(item) == content


def attachment(value: Any) -> say.Attachment:
    content = said(wire.attached(value))
    assert isinstance(content, say.Message)
    (found,) = content.attachments
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "image", "payload": {"url": "https://i/1"}}, say.Attachment("image", "https://i/1")),
        (
            {"type": "image", "payload": {"url": "https://i/1", "sticker_id": 3}},
            say.Attachment("image", "https://i/1", is_sticker=True),
        ),
        ({"type": "like_heart"}, say.Attachment("like_heart")),
        ({"type": "image", "payload": {"url": "javascript:alert(1)"}}, say.Attachment("image")),
        (
            {"type": "ig_reel", "payload": {"reel_video_id": 18, "title": "t", "url": "https://r/1"}},
            say.Attachment("ig_reel", "https://r/1", "t", "18"),
        ),
        (
            {"type": "fallback", "payload": "BLOB", "url": "https://f/1", "title": "Old"},
            say.Attachment("fallback", "https://f/1", "Old"),
        ),
        (
            {
                "type": "template",
                "payload": {"generic": {"elements": [{"title": "Hi", "subtitle": "s", "image_url": "https://t/1"}]}},
            },
            say.Attachment("template", "https://t/1", "Hi", subtitle="s"),
        ),
        (
            {"type": "template", "payload": {"product": {"elements": [{"title": "Couch", "subtitle": "$40"}]}}},
            say.Attachment("template", None, "Couch", subtitle="$40"),
        ),
        ("odd", say.Attachment("unknown")),
    ],
)
def test_each_shape_of_attachment_is_read(value: Any, expected: say.Attachment) -> None:
    assert attachment(value) == expected


def test_one_shared_post_that_comes_as_two_attachments_is_one() -> None:
    payload = {"ig_post_media_id": "18139", "title": "caption", "url": "https://p/1"}
    content = said(wire.attached({"type": "share", "payload": payload}, {"type": "ig_post", "payload": payload}))
    assert isinstance(content, say.Message)
    assert [one.kind for one in content.attachments] == ["ig_post"]


@pytest.mark.parametrize("left_out", ["ig_post_media_id", "url"])
def test_it_is_one_whichever_part_both_of_them_have(left_out: str) -> None:
    payload = {"ig_post_media_id": "18139", "title": "caption", "url": "https://p/1"}
    less = {name: value for name, value in payload.items() if name != left_out}
    content = said(wire.attached({"type": "share", "payload": less}, {"type": "ig_post", "payload": payload}))
    assert isinstance(content, say.Message)
    assert [one.kind for one in content.attachments] == ["ig_post"]


def test_an_echo_is_the_accounts_and_its_customer_is_the_recipient() -> None:
    event = only(wire.body(wire.echo()))
    assert (event.kind, event.is_ours, event.customer_id) == ("echo", True, wire.LENA)


def test_ids_decide_who_wrote_and_the_flag_only_where_they_do_not() -> None:
    from_customer = wire.item(message={"mid": "m", "text": "x", "is_echo": True})
    assert not only(wire.body(from_customer)).is_ours
    by_other_id = {"sender": {"id": "6100"}, "recipient": {"id": wire.LENA}, "message": {"mid": "m", "is_echo": True}}
    assert only(wire.body(by_other_id)).customer_id == wire.LENA
    to_other_id = {"sender": {"id": wire.LENA}, "recipient": {"id": "6100"}, "message": {"mid": "m", "text": "x"}}
    assert only(wire.body(to_other_id)).customer_id == wire.LENA


def test_a_comment_may_lack_everything() -> None:
    assert only(wire.change({})).content == say.Comment()
    assert only(wire.change({"comment_id": 5, "media_id": 6})).content == say.Comment("5", media_id="6")


def test_a_comment_is_live_by_its_field_or_its_media() -> None:
    live = {"id": "1", "media": {"id": "2", "media_product_type": "IG_LIVE"}}
    assert only(wire.change(live)).kind == only(wire.change({"id": "1"}, field="live_comments")).kind == "live_comment"


def test_unknown_fields_and_keys_are_kept_by_name() -> None:
    assert only(wire.change({"media_id": "1"}, field="story_insights")).content == say.Unknown("story_insights")
    assert only(wire.body({"x": 1}, key="messaging_v2")).content == say.Unknown("messaging_v2")
    assert only(wire.body("comments", key="changed_fields")).content == say.Unknown("changed_fields")


def test_an_event_read_back_from_its_own_body_is_the_same_event() -> None:
    for value in (wire.body(wire.text("ünï 👋")), wire.change(wire.comment()), {"field": "messages", "value": {}}):
        event = only(value)
        (again,) = events.parse(event.body)
        assert dataclasses.replace(again, raw=None) == dataclasses.replace(event, raw=None)
        assert again.key == event.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            wire.item(reaction={"mid": "m", "action": "react", "reaction": "love"}),
            wire.item(at=wire.START + 1, reaction={"mid": "m", "action": "react"}),
        ),
        (
            wire.item(reaction={"mid": "m", "action": "react", "reaction": "love"}),
            wire.item(reaction={"mid": "m", "action": "unreact"}),
        ),
        (
            wire.item(message_edit={"mid": "m", "text": "a", "num_edit": 1}),
            wire.item(message_edit={"mid": "m", "text": "b", "num_edit": 2}),
        ),
        (wire.item(message={"mid": "m", "text": "x"}), wire.item(message={"mid": "m", "is_deleted": True})),
        (wire.item(read={"mid": "m"}), wire.item(wire.ANA, read={"mid": "m"})),
        (wire.item(postback={"payload": "A"}), wire.item(postback={"payload": "B"})),
        (wire.item(referral={"ref": "a"}), wire.item(referral={"ref": "b"})),
        (wire.item(read={"watermark": wire.START}), wire.item(read={"watermark": wire.START + 1000})),
    ],
)
def test_different_events_have_different_keys(one: Any, other: Any) -> None:
    assert only(wire.body(one)).key != only(wire.body(other)).key


def test_an_edit_that_is_told_again_at_another_time_is_the_same_event() -> None:
    edit = {"mid": "m", "text": "a", "num_edit": 1}
    told = [wire.item(message_edit=edit), wire.item(at=wire.START + 1000, message_edit=edit)]
    assert len({only(wire.body(one)).key for one in told}) == 1


def test_the_same_message_has_one_key_in_whichever_envelope_it_comes() -> None:
    item = wire.text(name="m1")
    keys = {
        only(value).key for value in (wire.body(item), wire.body(item, key="standby"), wire.change(item, "messages"))
    }
    assert len(keys) == 1


def test_an_event_of_another_object_never_stands_in_the_way_of_ours() -> None:
    event = wire.body(wire.text(name="m1"))
    assert only(event).key != only(event | {"object": "page"}).key


def test_what_happens_between_an_account_and_a_customer_shares_a_lane() -> None:
    lanes = {only(wire.body(item)).lane(LANES) for item in (wire.text(), wire.echo(), wire.item(read={"mid": "m"}))}
    assert len(lanes) == 1
    spread = {only(wire.body(wire.text(sender=str(number)))).lane(LANES) for number in range(2000)}
    assert len(spread) > LANES * 0.9


KEYS = [
    "object",
    "entry",
    "id",
    "time",
    "messaging",
    "standby",
    "changes",
    "field",
    "value",
    "sender",
    "recipient",
    "timestamp",
    "message",
    "mid",
    "text",
    "attachments",
    "type",
    "payload",
    "url",
    "reply_to",
    "story",
    "reaction",
    "action",
    "emoji",
    "read",
    "watermark",
    "postback",
    "referral",
    "message_edit",
    "num_edit",
    "from",
    "media",
    "username",
    "parent_id",
    "is_deleted",
    "is_echo",
    "sample",
    "comments",
    "quick_reply",
    "elements",
    "generic",
]
json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_no_body_whatsoever_makes_the_parser_raise(value: Any) -> None:
    for event in parsed({"object": "instagram", "entry": value}) + parsed(value) + parsed(wire.body(value)):
        assert len(events.parse(event.body)) == 1
        assert event.key
        assert 0 <= event.lane(LANES) < LANES
