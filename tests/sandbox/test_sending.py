"""Sending: what Meta takes, what it refuses and with which numbers, and the echo that follows."""

import io

import pytest
from PIL import Image

from tests.sandbox.conftest import ACCOUNT, LENA, Box, Receiver, refusal, until

WINDOW = (10, 2534022)
UPLOAD_FAILED = (100, 2018047)


def png(width: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, 8), "teal").save(stream, "PNG")
    return stream.getvalue()


def image(url: str) -> dict[str, object]:
    return {"type": "image", "payload": {"url": url}}


def test_a_text_is_answered_with_both_ids_and_echoed(box: Box, receiver: Receiver) -> None:
    box.do("text")
    answer = box.write("Hi Lena!").json()
    assert answer == {"recipient_id": LENA, "message_id": answer["message_id"]}
    receiver.wait(2)
    echo = receiver.items[-1]
    assert echo["sender"] == {"id": ACCOUNT}
    assert echo["recipient"] == {"id": LENA}
    assert echo["message"] == {"mid": answer["message_id"], "text": "Hi Lena!", "is_echo": True}


def test_the_node_may_be_me_or_either_id_with_or_without_a_version(box: Box) -> None:
    box.do("text")
    body = {"recipient": {"id": LENA}, "message": {"text": "hi"}}
    headers = {"Authorization": "Bearer IGAAsandboxOurBrandLongLivedToken0001"}
    for path in ("/v25.0/me", f"/v26.0/{ACCOUNT}", "/me", "/6100000000000001"):
        answer = box.session.post(f"{box.url}{path}/messages", json=body, headers=headers, timeout=5)
        assert answer.status_code == 200


def test_the_token_may_stand_in_the_query(box: Box) -> None:
    token = "IGAAsandboxOurBrandLongLivedToken0001"
    answer = box.session.get(f"{box.url}/v25.0/me", params={"access_token": token}, timeout=5)
    assert answer.json()["user_id"] == ACCOUNT


def test_a_stranger_is_not_found(box: Box) -> None:
    assert refusal(box.send(recipient={"id": "404"}, message={"text": "hi"})) == (100, 2534014)


def test_someone_of_another_account_is_not_found(box: Box) -> None:
    box.do("text", account="our.brand.studio")
    assert refusal(box.send(recipient={"id": "920000000000001"}, message={"text": "hi"})) == (100, 2534014)


def test_nobody_can_be_written_to_first(box: Box) -> None:
    answer = box.write("Buy a couch!")
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "IGApiException"
    assert refusal(answer) == WINDOW


def test_after_a_day_only_a_human_may_answer_and_after_a_week_nobody(box: Box) -> None:
    box.do("text")
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    box.later(hours=23.9)
    assert box.write("in time").ok
    box.later(hours=0.2)
    assert refusal(box.write("too late")) == WINDOW
    assert box.write("by hand", **tagged).ok
    assert box.write("by hand, short form", tag="HUMAN_AGENT").ok
    box.later(hours=6 * 24)
    assert refusal(box.write("much too late", **tagged)) == WINDOW
    box.do("text")
    assert box.write("open again").ok


@pytest.mark.parametrize("kind", ["story_mention", "story_reply", "postback", "quick_reply", "image"])
def test_these_open_the_window(box: Box, kind: str) -> None:
    box.do(kind)
    assert box.write("Thank you!").ok


def test_comments_and_referrals_do_not_open_the_window(box: Box) -> None:
    box.do("comment")
    box.do("referral")
    assert refusal(box.write("Thank you!")) == WINDOW


def test_the_limit_is_a_thousand_bytes(box: Box) -> None:
    box.do("text")
    assert box.write("ä" * 500).ok
    assert refusal(box.write("ä" * 500 + "x")) == (100, None)


def test_a_blocked_account_reaches_nobody(box: Box) -> None:
    box.do("text")
    box.control("people", {"key": "lena", "has_blocked_us": True})
    assert refusal(box.write("hello?")) == (551, 1545041)


def test_an_image_is_fetched_and_echoed_from_the_cdn(box: Box, receiver: Receiver) -> None:
    box.do("text")
    receiver.pages["/a.png"] = ("image/png", png())
    answer = box.send(message={"attachment": image(f"{receiver.url}/a.png")})
    assert answer.json().keys() == {"recipient_id", "message_id"}
    receiver.wait(2)
    (one,) = receiver.items[-1]["message"]["attachments"]
    assert box.session.get(one["payload"]["url"], timeout=5).content == png()


def test_ten_images_are_one_message_and_eleven_none(box: Box, receiver: Receiver) -> None:
    box.do("text")
    receiver.pages["/a.png"] = ("image/png", png())
    many = [image(f"{receiver.url}/a.png")] * 10
    assert box.send(message={"attachments": many}).ok
    assert len(box.thread()[-1]["attachments"]) == 10
    assert refusal(box.send(message={"attachments": [*many, many[0]]})) == (100, None)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b"<h1>Sign in</h1>"),
        ("image/png", b"<h1>not a picture</h1>"),
        ("image/svg+xml", b"<svg/>"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(8 * 1024 * 1024)),
    ],
)
def test_a_file_of_the_wrong_type_or_size_is_refused(
    box: Box, receiver: Receiver, content_type: str, body: bytes
) -> None:
    box.do("text")
    receiver.pages["/a.png"] = (content_type, body)
    assert refusal(box.send(message={"attachment": image(f"{receiver.url}/a.png")})) == UPLOAD_FAILED


def test_a_file_that_is_not_there_is_refused(box: Box, receiver: Receiver) -> None:
    box.do("text")
    assert refusal(box.send(message={"attachment": image(f"{receiver.url}/none.png")})) == UPLOAD_FAILED
    assert refusal(box.send(message={"attachment": image("http://127.0.0.1:1/none.png")})) == UPLOAD_FAILED


def test_a_heart_and_an_own_post_can_be_sent(box: Box) -> None:
    box.do("text")
    assert box.send(message={"attachment": {"type": "like_heart"}}).ok
    shared = {"type": "MEDIA_SHARE", "payload": {"id": "17918195224117851"}}
    assert box.send(message={"attachment": shared}).ok
    foreign = {"type": "MEDIA_SHARE", "payload": {"id": "17918195224118001"}}
    assert refusal(box.send(message={"attachment": foreign})) == (100, None)


def test_a_reply_quotes_a_message_of_the_thread(box: Box, receiver: Receiver) -> None:
    mid = box.do("text")["mid"]
    assert box.write("this one", reply_to={"mid": mid}).ok
    receiver.wait(2)
    assert receiver.items[-1]["message"]["reply_to"] == {"mid": mid}
    assert refusal(box.write("which one?", reply_to={"mid": "none"})) == (100, None)


def test_a_like_makes_no_message_and_no_echo(box: Box, receiver: Receiver) -> None:
    mid = box.do("text")["mid"]
    liked = {"message_id": mid, "reaction": "love"}
    assert box.send(sender_action="react", payload=liked).json() == {"recipient_id": LENA}
    assert box.thread()[0]["reactions"][ACCOUNT]["reaction"] == "love"
    assert box.send(sender_action="unreact", payload={"message_id": mid}).ok
    assert box.thread()[0]["reactions"] == {}
    box.control("drain")
    assert len(receiver.webhooks) == 1


def test_a_message_that_was_unsent_cannot_be_liked(box: Box) -> None:
    mid = box.do("text")["mid"]
    box.do("unsend", mid=mid)
    payload = {"message_id": mid, "reaction": "love"}
    assert refusal(box.send(sender_action="react", payload=payload)) == (100, None)


def test_typing_and_seen_are_taken(box: Box) -> None:
    box.do("text")
    for action in ("typing_on", "typing_off", "mark_seen"):
        assert box.send(sender_action=action).json() == {"recipient_id": LENA}
    assert refusal(box.send(sender_action="wave")) == (100, None)


def test_usage_headers_come_with_every_answer(box: Box) -> None:
    answer = box.call("GET", "/me")
    assert answer.headers["X-App-Usage"].startswith('{"call_count": ')
    assert f'{{"{ACCOUNT}": [{{"type": "instagram"' in answer.headers["X-Business-Use-Case-Usage"]


def test_an_error_has_all_the_parts_that_meta_gives_it(box: Box) -> None:
    error = box.write("first").json()["error"]
    assert error.keys() >= {"message", "type", "code", "error_subcode", "fbtrace_id"}


def test_a_path_that_there_is_not_has_an_error_of_its_own(box: Box) -> None:
    assert refusal(box.call("GET", "/me/impressions/day")) == (2500, None)


def test_every_call_is_written_down_without_its_token(box: Box) -> None:
    box.do("text")
    box.write("counted once")
    (call,) = box.look("calls?name=send")
    assert call["body"]["message"]["text"] == "counted once"
    assert call["status"] == 200
    assert "IGAA" not in str(call)
    assert box.control("calls", method="DELETE") == {"forgotten": 1}


def test_what_is_at_instagram_can_be_counted(box: Box) -> None:
    box.do("text")
    box.write("once")
    sent = box.look("messages?direction=out")
    assert [message["text"] for message in sent] == ["once"]
    until(lambda: len(box.thread()) == 2)
