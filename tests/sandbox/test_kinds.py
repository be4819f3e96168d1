"""Everything that people do on Instagram becomes an event of the shape that Meta gives it."""

from typing import Any

import pytest

from tests.sandbox.conftest import ACCOUNT, LENA, Box, Receiver


def last(receiver: Receiver) -> dict[str, Any]:
    return receiver.items[-1]


def attachments(box: Box, receiver: Receiver, kind: str, **details: Any) -> list[dict[str, Any]]:
    box.do(kind, **details)
    found: list[dict[str, Any]] = last(receiver)["message"]["attachments"]
    return found


@pytest.mark.parametrize(
    ("kind", "declared"),
    [("image", "image"), ("video", "video"), ("audio", "audio"), ("file", "file"), ("gif", "image")],
)
def test_files_come_with_an_address_at_the_cdn(box: Box, receiver: Receiver, kind: str, declared: str) -> None:
    (one,) = attachments(box, receiver, kind)
    assert one["type"] == declared
    assert one["payload"]["url"].startswith(f"{box.url}/ig_messaging_cdn/?asset_id=")


def test_several_images_are_one_message(box: Box, receiver: Receiver) -> None:
    assert len(attachments(box, receiver, "image", count=4)) == 4


def test_a_shared_post_arrives_as_two_attachments_with_one_media_id(box: Box, receiver: Receiver) -> None:
    first, second = attachments(box, receiver, "post")
    assert [first["type"], second["type"]] == ["share", "ig_post"]
    assert first["payload"]["ig_post_media_id"] == second["payload"]["ig_post_media_id"]


def test_a_reel_is_a_film_or_a_web_page(box: Box, receiver: Receiver) -> None:
    (film,) = attachments(box, receiver, "reel")
    (page,) = attachments(box, receiver, "reel_page")
    assert film["type"] == page["type"] == "ig_reel"
    assert film["payload"]["url"].startswith(box.url)
    assert page["payload"]["url"].startswith("https://www.instagram.com/reel/")


def test_hearts_and_view_once_photos_have_no_payload(box: Box, receiver: Receiver) -> None:
    assert attachments(box, receiver, "like_heart") == [{"type": "like_heart"}]
    assert attachments(box, receiver, "ephemeral") == [{"type": "ephemeral"}]


def test_a_sticker_is_an_image_with_its_id(box: Box, receiver: Receiver) -> None:
    (one,) = attachments(box, receiver, "sticker")
    assert one["type"] == "image"
    assert isinstance(one["payload"]["sticker_id"], int)


def test_unsupported_messages_say_so(box: Box, receiver: Receiver) -> None:
    box.do("unsupported")
    assert last(receiver)["message"]["is_unsupported"] is True
    assert attachments(box, receiver, "unsupported_type")[0]["type"] == "unsupported_type"
    assert attachments(box, receiver, "unknown_type")[0]["type"] == "hologram"


def test_a_story_mention_and_a_story_reply_carry_the_story(box: Box, receiver: Receiver) -> None:
    (mention,) = attachments(box, receiver, "story_mention")
    assert mention["type"] == "story_mention"
    box.do("story_reply", text="love this!", sticker_link="https://shop.example/new")
    story = last(receiver)["message"]["reply_to"]["story"]
    assert story["url"].startswith(box.url)
    assert story["id"].isdecimal()
    assert story["link_sticker_url"] == "https://shop.example/new"


def test_a_reply_names_the_message_that_it_quotes(box: Box, receiver: Receiver) -> None:
    box.do("text")
    quoted = box.write("Which one?").json()["message_id"]
    box.control("drain")
    box.do("reply", text="that one")
    assert last(receiver)["message"]["reply_to"] == {"mid": quoted}


def test_an_unsend_names_the_message_and_nothing_else(box: Box, receiver: Receiver) -> None:
    mid = box.do("text", text="oops")["mid"]
    box.do("unsend", mid=mid)
    assert last(receiver)["message"] == {"mid": mid, "is_deleted": True}
    assert box.thread()[0]["text"] is None


def test_an_edit_counts_itself_and_stops_at_five(box: Box, receiver: Receiver) -> None:
    mid = box.do("text", text="red couch")["mid"]
    for number in range(1, 6):
        box.do("edit", mid=mid, text=f"green couch {number}")
        assert last(receiver)["message_edit"] == {
            "mid": mid,
            "text": f"green couch {number}",
            "num_edit": number,
        }
    refused = box.session.post(f"{box.url}/_sandbox/events", json={"kind": "edit", "mid": mid})
    assert refused.status_code == 400


def test_a_reaction_and_its_taking_back(box: Box, receiver: Receiver) -> None:
    mid = box.do("text")["mid"]
    box.do("react", mid=mid, reaction="wow")
    assert last(receiver)["reaction"] == {"mid": mid, "action": "react", "reaction": "wow", "emoji": "😮"}
    box.do("unreact", mid=mid)
    assert last(receiver)["reaction"] == {"mid": mid, "action": "unreact"}
    assert box.thread()[0]["reactions"] == {}


def test_an_emoji_without_a_name_is_other(box: Box, receiver: Receiver) -> None:
    mid = box.do("text")["mid"]
    box.do("react", mid=mid, emoji="🔥", reaction="fire")
    assert last(receiver)["reaction"]["reaction"] == "other"
    assert last(receiver)["reaction"]["emoji"] == "🔥"


def test_reading_names_the_last_message_seen(box: Box, receiver: Receiver) -> None:
    box.do("text")
    mid = box.write("Hello").json()["message_id"]
    box.control("drain")
    box.do("read")
    assert last(receiver)["read"] == {"mid": mid}
    assert box.thread()[-1]["read_at"]
    box.do("read_watermark")
    assert last(receiver)["read"] == {"watermark": box.thread()[-1]["at"]}


def test_a_postback_may_come_without_its_message_id(box: Box, receiver: Receiver) -> None:
    box.do("postback", text="Where is my order?", payload="ICE")
    assert last(receiver)["postback"].keys() == {"mid", "title", "payload"}
    box.do("postback", omit=["mid"])
    assert last(receiver)["postback"].keys() == {"title", "payload"}


def test_a_quick_reply_carries_its_payload(box: Box, receiver: Receiver) -> None:
    box.do("quick_reply", text="Blue", payload="COLOR_BLUE")
    assert last(receiver)["message"]["quick_reply"] == {"payload": "COLOR_BLUE"}


def test_referrals_of_links_ads_and_products(box: Box, receiver: Receiver) -> None:
    box.do("referral", ref="summer")
    assert last(receiver)["referral"] == {"ref": "summer", "source": "IGME-SOURCE-LINK", "type": "OPEN_THREAD"}
    box.do("ad_referral")
    assert last(receiver)["message"]["referral"]["source"] == "ADS"
    assert last(receiver)["message"]["referral"]["ads_context_data"]["ad_title"] == "Spring"
    box.do("product_referral")
    assert last(receiver)["message"]["referral"] == {"product": {"id": "5551"}}


def test_what_the_company_sends_in_the_app_comes_as_an_echo(box: Box, receiver: Receiver) -> None:
    box.do("app_message", text="We ship on Monday.")
    assert last(receiver)["sender"] == {"id": ACCOUNT}
    assert last(receiver)["recipient"] == {"id": LENA}
    assert last(receiver)["message"]["is_echo"] is True
    assert last(receiver)["message"]["text"] == "We ship on Monday."


def test_handovers_have_a_key_of_their_own(box: Box, receiver: Receiver) -> None:
    box.do("pass_thread_control")
    assert last(receiver)["pass_thread_control"]["new_owner_app_id"] == "222"


def test_every_kind_that_there_is_can_happen(box: Box, receiver: Receiver) -> None:
    kinds = [kind for kind in box.look("state")["kinds"] if kind != "end_broadcast"]
    box.do("text")
    box.write("Hello")
    for kind in kinds:
        box.do("text")
        box.do("comment")
        assert box.do(kind)["kind"] == kind


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are(box: Box) -> None:
    answer = box.session.post(f"{box.url}/_sandbox/events", json={"kind": "telepathy"})
    assert answer.status_code == 400
    assert "story_mention" in answer.json()["error"]


def test_a_list_with_one_impossible_event_does_nothing(box: Box, receiver: Receiver) -> None:
    events = [{"kind": "text"}, {"kind": "telepathy"}]
    assert box.session.post(f"{box.url}/_sandbox/events", json=events).status_code == 400
    box.control("drain")
    assert box.thread() == []
    assert not receiver.webhooks
