"""Faults: each switch does what it says, as often as it says, and nothing when it is off."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import LENA, Box, Receiver, refusal, until


def test_a_switch_turns_on_and_off(box: Box) -> None:
    assert box.control("faults", {"slow_answers": True})["slow_answers"]["on"] is True
    assert box.control("faults", {"slow_answers": False})["slow_answers"]["on"] is False


@pytest.mark.parametrize("wish", [{"gremlins": True}, {"lost_answers": 2}, {"lost_answers": {"speed": 1}}])
def test_an_unknown_switch_or_setting_is_refused(box: Box, wish: dict[str, Any]) -> None:
    answer = box.session.post(f"{box.url}/_sandbox/faults", json=wish, timeout=5)
    assert answer.status_code == 400


def test_a_switch_runs_out_after_so_many_times(box: Box) -> None:
    box.do("text")
    box.faults(refused_before={"rate": 1, "times": 2})
    assert [box.write("again").status_code for _ in range(3)] == [400, 400, 200]


def test_slow_answers_are_slow(box: Box) -> None:
    box.faults(slow_answers={"seconds": [0.3, 0.4]})
    started = time.monotonic()
    assert box.call("GET", "/me").ok
    assert time.monotonic() - started >= 0.3


def test_a_lost_answer_was_delivered_all_the_same(box: Box, receiver: Receiver) -> None:
    box.do("text")
    box.faults(lost_answers=1.0)
    with pytest.raises(requests.ConnectionError):
        box.write("did it arrive?")
    assert box.thread()[-1]["text"] == "did it arrive?"
    receiver.wait(2)
    assert receiver.items[-1]["message"]["text"] == "did it arrive?"
    assert box.look("calls?name=send")[0]["status"] is None


def test_only_sends_and_replies_lose_their_answer(box: Box) -> None:
    box.faults(lost_answers=1.0)
    assert box.call("GET", "/me").ok


def test_an_answer_can_hang_instead(box: Box) -> None:
    box.do("text")
    box.faults(lost_answers={"rate": 1, "how": "hang", "seconds": 0.3})
    with pytest.raises(requests.ConnectionError):
        box.write("hello?")
    assert len(box.thread()) == 2


def test_refused_before_means_not_delivered(box: Box) -> None:
    box.do("text")
    box.faults(refused_before=1.0)
    answer = box.write("now?")
    assert answer.status_code == 400
    assert refusal(answer) == (2, 1545133)
    assert answer.json()["error"]["is_transient"] is True
    assert len(box.thread()) == 1


@pytest.mark.parametrize(("body", "begins"), [("json", '{"error"'), ("html", "<!DOCTYPE"), ("empty", "")])
def test_server_errors_have_bodies_of_all_sorts(box: Box, body: str, begins: str) -> None:
    box.do("text")
    box.faults(server_errors={"rate": 1, "status": 502, "body": body})
    answer = box.write("hello?")
    assert answer.status_code == 502
    assert answer.text.startswith(begins)
    assert len(box.thread()) == 1


def test_a_server_error_may_come_after_the_delivery(box: Box) -> None:
    box.do("text")
    box.faults(server_errors={"rate": 1, "delivered": True})
    assert box.write("hello?").status_code == 503
    assert len(box.thread()) == 2


def test_duplicates_come_twice(box: Box, receiver: Receiver) -> None:
    box.faults(duplicates=True)
    box.do("text")
    assert len(receiver.webhooks) == 2
    assert receiver.webhooks[0].raw == receiver.webhooks[1].raw


def test_disorder_changes_the_order_of_arrival_and_loses_nothing(box: Box, receiver: Receiver) -> None:
    box.faults(disorder={"seconds": 0.5})
    box.control("events", [{"kind": "text", "text": f"{number:02}"} for number in range(20)])
    box.control("drain")
    texts = [item["message"]["text"] for item in receiver.items]
    assert texts != sorted(texts)
    assert sorted(texts) == [f"{number:02}" for number in range(20)]


def test_an_echo_can_come_before_its_answer(box: Box, receiver: Receiver) -> None:
    box.do("text")
    box.faults(echo_before_answer=True)
    mid = box.write("who is first?").json()["message_id"]
    assert receiver.items[-1]["message"]["mid"] == mid


def test_an_echo_can_come_before_and_after(box: Box, receiver: Receiver) -> None:
    box.do("text")
    box.faults(echo_before_answer=True, echo_twice=True)
    box.write("twice")
    box.control("drain")
    assert len(receiver.webhooks) == 3


def test_an_echo_can_stay_away(box: Box, receiver: Receiver) -> None:
    box.do("text")
    box.faults(no_echo=True)
    box.write("quiet")
    box.control("drain")
    assert len(receiver.webhooks) == 1


def test_an_expired_token_fails_every_call(box: Box) -> None:
    box.faults(expired_token=True)
    assert refusal(box.call("GET", "/me")) == (190, 463)
    assert refusal(box.write("hello?")) == (190, 463)


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002])
def test_a_rate_limit_says_when_to_come_back(box: Box, code: int) -> None:
    box.faults(rate_limit={"code": code, "minutes": 3})
    answer = box.call("GET", "/me")
    assert refusal(answer) == (code, None)
    assert '"call_count": 100' in answer.headers["X-App-Usage"]
    assert '"estimated_time_to_regain_access": 3' in answer.headers["X-Business-Use-Case-Usage"]


def test_high_usage_warns_and_works(box: Box) -> None:
    box.faults(high_usage={"percent": 91})
    answer = box.call("GET", "/me")
    assert answer.ok
    assert '"call_count": 91' in answer.headers["X-App-Usage"]


def test_strict_rates_allow_two_conversation_reads_a_second(box: Box) -> None:
    box.do("text")
    box.faults(strict_rates=True)
    answers = [box.call("GET", "/me/conversations") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert refusal(answers[2]) == (613, None)
    until(lambda: box.call("GET", "/me/conversations").ok)


def test_the_human_agent_tag_can_be_refused(box: Box) -> None:
    box.do("text")
    box.faults(human_agent_refused=True)
    assert refusal(box.write("by hand", tag="HUMAN_AGENT")) == (10, None)
    assert box.write("without").ok


def test_several_images_can_be_unavailable(box: Box, receiver: Receiver) -> None:
    box.do("text")
    box.faults(no_multi_image=True)
    one = {"type": "image", "payload": {"url": f"{receiver.url}/a.png"}}
    answer = box.send(message={"attachments": [one, one]})
    assert refusal(answer) == (2, 2534068)
    assert answer.json()["error"]["is_transient"] is True


def test_profiles_can_be_refused(box: Box) -> None:
    box.do("text")
    box.faults(profile_refused=True)
    assert refusal(box.call("GET", f"/{LENA}")) == (230, None)


def test_silence_keeps_things_at_the_platform(box: Box, receiver: Receiver) -> None:
    box.faults(webhook_silence=True)
    mid = box.do("text")["mid"]
    assert not receiver.webhooks
    assert box.get(f"/{mid}", fields="message")["id"] == mid


def test_of_a_new_message_only_an_edit_may_arrive(box: Box, receiver: Receiver) -> None:
    box.faults(edit_only=True)
    mid = box.do("text")["mid"]
    (item,) = receiver.items
    assert item.keys() == {"timestamp", "message_edit"}
    assert item["message_edit"] == {"mid": mid, "num_edit": 0}


def test_any_refusal_can_be_chosen(box: Box) -> None:
    box.do("text")
    box.faults(refuse_with=True)
    assert refusal(box.write("hello?")) == (551, 1545041)
    box.faults(refuse_with={"code": 10, "subcode": 2018300, "status": 403, "message": "Another app"})
    answer = box.write("hello?")
    assert answer.status_code == 403
    assert refusal(answer) == (10, 2018300)
    assert len(box.thread()) == 1


def test_the_echo_field_can_be_unavailable(box: Box) -> None:
    box.faults(no_echo_field=True)
    fields = {"subscribed_fields": "messages,message_echoes"}
    assert refusal(box.call("POST", "/me/subscribed_apps", params=fields)) == (100, None)
    assert box.call("POST", "/me/subscribed_apps", params={"subscribed_fields": "messages"}).ok


def test_links_can_lead_astray(box: Box) -> None:
    for person in ("lena", "ana"):
        box.do("text", person=person)
    box.faults(foreign_links=True)
    assert box.get("/me/conversations", limit=1)["paging"]["next"].startswith("http://elsewhere.invalid/")


def test_all_faults_are_off_after_a_reset(box: Box) -> None:
    box.faults(slow_answers=True, lost_answers=1.0)
    state = box.control("reset")
    assert not any(fault["on"] for fault in state["faults"].values())
