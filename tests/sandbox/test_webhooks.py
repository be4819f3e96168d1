"""Webhooks arrive as Meta sends them: signed, escaped, wrapped in every envelope, and again until 200."""

import hashlib
import hmac
from collections.abc import Callable

import pytest

from tests.sandbox.conftest import ACCOUNT, LENA, SECRET, Box, Receiver, until


def test_a_text_arrives_in_the_documented_shape(box: Box, receiver: Receiver) -> None:
    mid = box.do("text", text="Is the green couch back?")["mid"]
    (webhook,) = receiver.webhooks
    (entry,) = webhook.body["entry"]
    (item,) = entry["messaging"]
    assert webhook.body["object"] == "instagram"
    assert entry["id"] == ACCOUNT
    assert item["sender"] == {"id": LENA}
    assert item["recipient"] == {"id": ACCOUNT}
    assert item["message"] == {"mid": mid, "text": "Is the green couch back?"}
    assert len(str(item["timestamp"])) == len(str(entry["time"])) == 13


def test_the_signature_is_over_the_bytes_on_the_wire(box: Box, receiver: Receiver) -> None:
    box.do("text", text="hello")
    (webhook,) = receiver.webhooks
    expected = hmac.new(SECRET.encode(), webhook.raw, hashlib.sha256).hexdigest()
    assert webhook.headers["X-Hub-Signature-256"] == f"sha256={expected}"


def test_letters_beyond_ascii_and_slashes_are_escaped(box: Box, receiver: Receiver) -> None:
    box.do("text", text="olá / 💚")
    (webhook,) = receiver.webhooks
    assert b"ol\\u00e1 \\/ \\ud83d\\udc9a" in webhook.raw
    assert webhook.body["entry"][0]["messaging"][0]["message"]["text"] == "olá / 💚"


def test_a_refused_webhook_comes_again_with_the_same_bytes(box: Box, receiver: Receiver) -> None:
    receiver.statuses = [503, 500]
    mid = box.do("text")["mid"]
    receiver.wait(3)
    assert len({webhook.raw for webhook in receiver.webhooks}) == 1
    until(lambda: box.thread()[-1]["deliveries"][0]["state"] == "delivered")
    (delivery,) = box.thread()[-1]["deliveries"]
    assert box.thread()[-1]["mid"] == mid
    assert delivery["attempts"] == 3
    assert delivery["status"] == 200


def test_a_redirect_is_no_success(box: Box, receiver: Receiver) -> None:
    receiver.statuses = [302]
    box.do("text")
    receiver.wait(2)


def test_several_events_share_a_body_when_asked(box: Box, receiver: Receiver) -> None:
    events = [{"kind": "text", "text": str(number)} for number in range(50)]
    box.control("events", {"events": events, "deliver": "one-body", "wait": 5})
    (webhook,) = receiver.webhooks
    assert [item["message"]["text"] for item in receiver.items] == [str(number) for number in range(50)]
    assert len(webhook.body["entry"]) == 1


def test_a_body_holds_a_thousand_events_at_most(box: Box, receiver: Receiver) -> None:
    events = [{"kind": "text", "text": str(number)} for number in range(1001)]
    box.control("events", {"events": events, "deliver": "one-body", "wait": 10})
    sizes = [len(webhook.body["entry"][0]["messaging"]) for webhook in receiver.webhooks]
    assert sorted(sizes) == [1, 1000]


def test_accounts_and_comments_have_entries_of_their_own(box: Box, receiver: Receiver) -> None:
    events = [
        {"kind": "text"},
        {"kind": "text", "account": "our.brand.studio"},
        {"kind": "comment"},
    ]
    box.control("events", {"events": events, "deliver": "one-body", "wait": 5})
    entries = receiver.webhooks[0].body["entry"]
    assert [sorted(entry.keys() - {"id", "time"}) for entry in entries] == [
        ["messaging"],
        ["messaging"],
        ["changes"],
    ]
    assert len(str(entries[2]["time"])) == 10


@pytest.mark.parametrize(
    ("envelope", "is_in_it"),
    [
        ("standby", lambda body: body["entry"][0]["standby"][0]["message"]),
        ("changes", lambda body: body["entry"][0]["changes"][0]["value"]["message"]),
        ("flat", lambda body: body["entry"][0]["value"]["message"]),
        ("test", lambda body: body["value"]["message"]),
        ("sample", lambda body: body["sample"]["value"]["message"]),
    ],
)
def test_every_other_envelope_can_be_asked_for(
    box: Box, receiver: Receiver, envelope: str, is_in_it: Callable[[dict[str, object]], object]
) -> None:
    box.do("text", envelope=envelope)
    assert is_in_it(receiver.webhooks[0].body)


def test_nothing_is_told_before_an_account_is_subscribed(box: Box, receiver: Receiver) -> None:
    box.call("DELETE", "/me/subscribed_apps")
    box.do("text")
    assert not receiver.webhooks
    assert box.call("POST", "/me/subscribed_apps?subscribed_fields=comments").json() == {"success": True}
    box.do("text")
    box.do("comment")
    assert [change["field"] for change in receiver.changes] == ["comments"]
    assert not receiver.items


def test_subscribed_fields_can_be_read_back(box: Box) -> None:
    box.call("POST", "/me/subscribed_apps", params={"subscribed_fields": "messages,comments"})
    (app,) = box.get("/me/subscribed_apps")["data"]
    assert app["id"] == "77"
    assert app["subscribed_fields"] == ["comments", "messages"]


def test_the_handshake_asks_with_the_verify_token(box: Box, receiver: Receiver) -> None:
    answer = box.control("callbacks", {"kind": "handshake"})
    assert answer["verified"] is False
    assert "hub.verify_token=verify-me" in receiver.arrived[-1].path
    assert "hub.mode=subscribe" in receiver.arrived[-1].path


def test_raw_bodies_can_be_sent_with_a_wrong_signature(box: Box, receiver: Receiver) -> None:
    assert box.control("raw", {"text": "no json", "signature": "bad"}) == {"status": 200, "body": "{}"}
    box.control("raw", {"body": {"object": "page"}, "signature": "none"})
    bad, unsigned = receiver.webhooks
    right = hmac.new(SECRET.encode(), bad.raw, hashlib.sha256).hexdigest()
    assert bad.raw == b"no json"
    assert bad.headers["X-Hub-Signature-256"] != f"sha256={right}"
    assert "X-Hub-Signature-256" not in unsigned.headers


def test_five_hundred_webhooks_go_out_each_once(box: Box, receiver: Receiver) -> None:
    box.control("events", {"events": [{"kind": "text"}] * 500})
    assert box.control("drain", {"seconds": 15}) == {"drained": True, "pending": 0}
    assert len({webhook.raw for webhook in receiver.webhooks}) == len(receiver.webhooks) == 500


def test_draining_says_what_is_still_pending(box: Box, receiver: Receiver) -> None:
    receiver.statuses = [500] * 9
    box.control("events", {"kind": "text"})
    answer = box.session.post(f"{box.url}/_sandbox/drain", json={"seconds": 0.2})
    assert answer.status_code == 504
    assert answer.json() == {"drained": False, "pending": 1}
    receiver.statuses.clear()
    box.control("deliveries/retry")
    assert box.control("drain")["drained"]
