"""Sends: one call each, and a state that is true."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from igapp import clock, db, utc
from igapp.desk import comments, connections, likes, replies, sends, uploads
from igapp.desk.pictures import Picture
from igapp.desk.replies import Words
from igapp.instagram import completing, connect, graph, outbox, settlement
from igapp.models import AccountState, Conversation, Event, Item, ItemKind, Send, SendKind, SendState
from tests import factories
from tests.instagram import wire
from tests.instagram.stage import TOKEN, Meanwhile, Nameless, Stage


def deliver(send_id: int) -> None:
    db.session().rollback()
    outbox.deliver(send_id)
    db.session().rollback()


def due_now(send_id: int) -> None:
    """Lets the time pass until something is to be done about a send."""
    db.change(sa.update(Send).where(Send.id == send_id).values(next_try_at=utc.now() - timedelta(seconds=1)))
    db.commit()


def a_minute_passes(send_id: int) -> None:
    earlier = utc.now() - timedelta(seconds=61)
    db.change(sa.update(Send).where(Send.id == send_id).values(called_at=earlier, next_try_at=earlier))
    db.commit()


def settle(send_id: int) -> None:
    db.session().rollback()
    settlement.settle(send_id)
    db.session().rollback()


def test_g_s1_a_reply_is_sent_once_metas_message_id_is_known(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply("Yes, it is.")
    deliver(send_id)
    send = stage.send(send_id)
    assert (send.state, bool(send.platform_id)) == (SendState.SENT, True)
    assert send.item is not None
    assert send.item.platform_id == send.platform_id
    assert stage.sent() == ["Yes, it is."]


def test_g_s1_an_answer_without_a_message_id_is_looked_into(
    stage: Stage, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.writes()
    send_id = stage.reply("Yes, it is.")
    monkeypatch.setitem(app.extensions, "graph", Nameless(app.extensions["config"]))
    deliver(send_id)
    assert stage.state(send_id) == SendState.CHECKING
    settle(send_id)
    send = stage.send(send_id)
    assert (send.state, bool(send.platform_id)) == (SendState.SENT, True)
    assert stage.sent() == ["Yes, it is."]


def test_delivering_twice_calls_once(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    deliver(send_id)
    deliver(send_id)
    assert len(stage.calls("send")) == 1


def test_g_d3_the_echo_of_our_own_send_doubles_nothing(stage: Stage) -> None:
    stage.writes()
    deliver(stage.reply("Yes, it is."))
    stage.tell()
    items = db.session().scalars(sa.select(Item).where(Item.text == "Yes, it is.")).all()
    assert [item.kind for item in items] == [ItemKind.REPLY]


def test_g_d3_an_echo_that_comes_before_the_answer_doubles_nothing(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply("Yes, it is.")
    send = sends.claim(send_id, "a worker", utc.now())
    assert send is not None
    db.commit()
    body = {"recipient": {"id": wire.LENA}, "message": {"text": "Yes, it is."}}
    mid = str(graph.client().post(TOKEN, "me/messages", body).body["message_id"])
    stage.tell()
    sends.record_sent(stage.send(send_id), mid, utc.now())
    db.commit()
    assert stage.state(send_id) == SendState.SENT
    (item,) = db.session().scalars(sa.select(Item).where(Item.text == "Yes, it is.")).all()
    assert (item.kind, item.platform_id) == (ItemKind.REPLY, mid)


def test_g_d6_a_message_that_was_read_before_its_answer_came_shows_as_seen(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    stage.fault(lost_answers={"rate": 1, "times": 1}, no_echo=True)
    deliver(send_id)
    stage.happens("read")
    stage.tell()
    settle(send_id)
    item = stage.send(send_id).item
    assert item is not None
    assert item.seen_at is not None


def test_g_s2_a_refused_send_says_why_and_retry_makes_one_new_call(stage: Stage) -> None:
    stage.writes()
    stage.fault(refuse_with={"code": 551, "subcode": 1545041, "times": 1})
    send_id = stage.reply()
    deliver(send_id)
    send = stage.send(send_id)
    assert (send.state, send.error_code) == (SendState.FAILED, "551/1545041")
    assert send.problem is not None
    assert "isn't available" in send.problem
    sends.retry(send, utc.now())
    db.commit()
    deliver(send_id)
    assert stage.state(send_id) == SendState.SENT
    assert len(stage.calls("send")) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"server_errors": {"rate": 1, "times": 1, "status": 503, "body": body, "delivered": True}}
        for body in ("json", "html", "empty")
    ]
    + [{"lost_answers": {"rate": 1, "times": 1}}],
)  # fmt: skip
def test_g_s3_a_lost_answer_is_looked_for_and_never_sent_again(stage: Stage, fault: dict[str, Any]) -> None:
    stage.writes()
    stage.fault(no_echo=True, **fault)
    send_id = stage.reply("Only once")
    deliver(send_id)
    assert stage.state(send_id) == SendState.CHECKING
    settle(send_id)
    assert stage.state(send_id) == SendState.SENT
    assert stage.sent() == ["Only once"]


def test_the_echo_settles_a_send_whose_answer_was_lost(stage: Stage) -> None:
    stage.writes()
    stage.fault(lost_answers={"rate": 1, "times": 1})
    send_id = stage.reply("Only once")
    deliver(send_id)
    stage.tell()
    assert stage.state(send_id) == SendState.SENT
    settle(send_id)
    items = db.session().scalars(sa.select(Item).where(Item.text == "Only once")).all()
    assert len(items) == 1


def test_what_never_arrived_is_left_to_the_agent_after_a_minute(stage: Stage) -> None:
    stage.writes()
    stage.fault(server_errors={"rate": 1, "times": 1})
    send_id = stage.reply("Lost on the way")
    deliver(send_id)
    settle(send_id)
    assert stage.send(send_id).next_try_at is not None
    a_minute_passes(send_id)
    settle(send_id)
    send = stage.send(send_id)
    assert (send.state, send.next_try_at, send.problem) == (SendState.CHECKING, None, sends.UNDECIDED)
    sends.retry(send, utc.now())
    db.commit()
    deliver(send_id)
    assert stage.sent() == ["Lost on the way"]


def test_g_s3_the_same_words_of_the_customer_are_not_taken_for_what_was_lost(stage: Stage) -> None:
    stage.writes()
    stage.fault(server_errors={"rate": 1, "times": 1})
    send_id = stage.reply("Thanks!")
    deliver(send_id)
    stage.happens("text", text="Thanks!")
    settle(send_id)
    assert stage.state(send_id) == SendState.CHECKING


@pytest.mark.parametrize(("text", "ago"), [("Thanks!", 60), ("See you", 0)])
def test_g_s3_what_was_written_in_the_app_is_not_taken_for_what_was_lost(stage: Stage, text: str, ago: int) -> None:
    stage.writes()
    stage.fault(server_errors={"rate": 1, "times": 1})
    send_id = stage.reply("Thanks!")
    deliver(send_id)
    stage.happens("app_message", text=text, ago_seconds=ago)
    settle(send_id)
    assert stage.state(send_id) == SendState.CHECKING


def test_g_s3_a_lost_answer_is_found_though_its_echo_said_nothing(stage: Stage) -> None:
    stage.writes()
    stage.fault(lost_answers={"rate": 1, "times": 1}, no_echo=True)
    send_id = stage.reply("Only once")
    deliver(send_id)
    (message,) = stage.sandbox.get("/_sandbox/messages?direction=out")
    echo = wire.own_item(at=message["at"], message={"mid": message["mid"], "is_echo": True})
    wire.send(stage.client, wire.body(echo, account=stage.account.ig_user_id))
    stage.drain()
    assert stage.item(message["mid"]).kind == ItemKind.ECHO
    settle(send_id)
    assert (stage.state(send_id), stage.item(message["mid"]).kind) == (SendState.SENT, ItemKind.REPLY)


def test_two_equal_messages_of_which_one_arrived_are_not_taken_for_each_other(stage: Stage) -> None:
    stage.writes()
    first = stage.reply("Thanks!")
    deliver(first)
    stage.fault(server_errors={"rate": 1, "times": 1})
    second = stage.reply("Thanks!")
    deliver(second)
    settle(second)
    assert stage.state(second) == SendState.CHECKING


def send_a_picture(stage: Stage) -> int:
    identity, bo, now = stage.identity(), stage.agent(), utc.now()
    given = [("couch.png", Picture(b"picture", "image/png", 30, 20, 7))]
    attached = uploads.add(identity.customer, bo, "dm", given, now)
    (item,) = replies.reply_with(identity.customer, bo, Words("", "picture"), attached, now, identity)
    db.commit()
    return db.session().scalars(sa.select(Send.id).where(Send.item_id == item.id)).one()


def test_a_lost_picture_is_settled_by_the_echo_of_a_picture_and_of_nothing_else(stage: Stage) -> None:
    stage.writes()
    send_id = send_a_picture(stage)
    stage.fault(server_errors={"rate": 1, "times": 1})
    deliver(send_id)
    for kind, state in (("audio", SendState.CHECKING), ("image", SendState.SENT)):
        attachment = {"type": kind, "payload": {"url": "https://lookaside.fbsbx.com/file"}}
        echo = {"mid": wire.mid(), "attachments": [attachment], "is_echo": True}
        wire.send(stage.client, wire.body(wire.own_item(at=int(utc.now().timestamp() * 1000), message=echo)))
        stage.drain()
        assert stage.state(send_id) == state


@pytest.mark.parametrize(("kind", "state"), [("audio", SendState.CHECKING), ("image", SendState.SENT)])
def test_a_lost_picture_is_found_in_the_thread_by_a_picture_and_by_nothing_else(
    stage: Stage, kind: str, state: SendState
) -> None:
    mid = stage.happens(kind)["mid"]
    stage.tell()
    url = stage.item(mid).attachments[0].url
    send_id = send_a_picture(stage)
    stage.fault(server_errors={"rate": 1, "times": 1}, no_echo=True)
    deliver(send_id)
    attachment = {"type": kind, "payload": {"url": url}}
    graph.client().post(TOKEN, "me/messages", {"recipient": {"id": wire.LENA}, "message": {"attachment": attachment}})
    settle(send_id)
    assert stage.state(send_id) == state


def test_a_worker_that_died_in_the_call_leaves_a_send_to_be_looked_for(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    assert sends.claim(send_id, "a worker", utc.now())
    db.commit()
    due_now(send_id)
    clock.once(["sends"])
    assert stage.state(send_id) == SendState.CHECKING


def test_a_connection_that_was_never_made_is_tried_again(stage: Stage, make_app: Any) -> None:
    stage.writes()
    send_id = stage.reply()
    with make_app(GRAPH_BASE_URL="http://127.0.0.1:1").app_context():
        outbox.deliver(send_id)
    assert stage.state(send_id) == SendState.WAITING
    due_now(send_id)
    deliver(send_id)
    assert (stage.state(send_id), stage.sent()) == (SendState.SENT, ["Yes, it is."])


def test_a_transient_refusal_is_tried_again(stage: Stage) -> None:
    stage.writes()
    stage.fault(refused_before={"rate": 1, "times": 1})
    send_id = stage.reply()
    deliver(send_id)
    assert stage.state(send_id) == SendState.WAITING
    due_now(send_id)
    deliver(send_id)
    assert stage.state(send_id) == SendState.SENT


def test_what_was_tried_often_enough_no_longer_says_that_it_is_tried_again(stage: Stage) -> None:
    stage.writes()
    stage.fault(refused_before={"rate": 1, "times": 1})
    send_id = stage.reply()
    db.change(sa.update(Send).values(attempts=outbox.GIVE_UP_TRIES - 1))
    db.commit()
    deliver(send_id)
    send = stage.send(send_id)
    assert (send.state, send.problem) == (SendState.FAILED, outbox.GIVEN_UP)


def test_g_s7_a_refused_token_lets_sends_wait_until_the_account_is_reconnected(stage: Stage) -> None:
    stage.writes()
    stage.fault(expired_token=True)
    send_id = stage.reply()
    deliver(send_id)
    assert stage.account.state == AccountState.REFUSED
    send = stage.send(send_id)
    assert (send.state, send.problem) == (SendState.WAITING, "Waiting: @our.brand must be reconnected.")
    db.session().rollback()
    stage.sandbox.reset()
    stage.told = 0
    Stage(stage.sandbox, stage.client).writes()
    deliver(send_id)
    assert stage.state(send_id) == SendState.SENT


def test_g_s7_a_token_that_no_key_opens_lets_sends_wait(stage: Stage) -> None:
    stage.writes()
    send_id = stage.reply()
    stage.account.token_encrypted = "sealed by a key that is gone"
    db.commit()
    deliver(send_id)
    assert (stage.state(send_id), stage.account.state) == (SendState.WAITING, AccountState.REFUSED)


def test_g_s7_however_often_it_was_tried_a_send_waits_for_a_refused_account(stage: Stage) -> None:
    stage.writes()
    stage.fault(expired_token=True)
    send_id = stage.reply()
    db.change(sa.update(Send).values(attempts=outbox.GIVE_UP_TRIES))
    db.commit()
    deliver(send_id)
    assert stage.state(send_id) == SendState.WAITING


def test_g_s7_a_refused_token_is_noticed_while_a_send_is_checked(stage: Stage) -> None:
    stage.writes()
    stage.fault(lost_answers={"rate": 1, "times": 1}, no_echo=True)
    send_id = stage.reply()
    deliver(send_id)
    stage.fault(expired_token=True)
    settle(send_id)
    assert (stage.account.state, stage.state(send_id)) == (AccountState.REFUSED, SendState.CHECKING)


def test_g_s7_a_refusal_of_the_former_token_does_not_refuse_the_new_one(stage: Stage, meanwhile: Meanwhile) -> None:
    def connected_anew() -> None:
        connect.by_token(TOKEN, utc.now())
        stage.fault(expired_token={"times": 1})

    stage.writes()
    send_id = stage.reply()
    meanwhile(connected_anew)
    deliver(send_id)
    assert (stage.account.state, stage.state(send_id)) == (AccountState.CONNECTED, SendState.WAITING)
    due_now(send_id)
    deliver(send_id)
    assert stage.state(send_id) == SendState.SENT


def test_a_rate_limit_lets_the_account_rest(stage: Stage) -> None:
    stage.writes()
    stage.fault(rate_limit={"minutes": 7})
    send_id = stage.reply()
    deliver(send_id)
    stage.fault(rate_limit=False)
    assert stage.state(send_id) == SendState.WAITING
    until = stage.account.throttled_until
    assert until is not None
    assert timedelta(minutes=6) < until - utc.now() <= timedelta(minutes=7)
    due_now(send_id)
    deliver(send_id)
    assert stage.state(send_id) == SendState.WAITING
    assert len(stage.calls("send")) == 1


def test_background_calls_rest_when_meta_says_that_its_allowance_is_nearly_used(stage: Stage) -> None:
    stage.writes()
    stage.fault(high_usage={"percent": 85})
    deliver(stage.reply())
    assert connections.is_busy(stage.account, utc.now())
    assert (stage.account.usage or {})["percent"] == 85
    assert not connections.is_busy(stage.account, utc.now() + timedelta(minutes=6))


def test_messages_of_a_thread_go_out_in_their_order(stage: Stage) -> None:
    stage.writes()
    first, second = stage.reply("one"), stage.reply("two")
    deliver(second)
    assert stage.state(second) == SendState.QUEUED
    deliver(first)
    deliver(second)
    assert stage.sent() == ["one", "two"]


def test_g_s4_after_24_hours_the_human_agent_tag_goes_along(stage: Stage) -> None:
    stage.writes(ago_seconds=30 * 3600)
    deliver(stage.reply())
    assert stage.calls("send")[0]["body"]["tag"] == "HUMAN_AGENT"


def test_g_s4_within_24_hours_no_tag_goes_along(stage: Stage) -> None:
    stage.writes()
    deliver(stage.reply())
    assert "tag" not in stage.calls("send")[0]["body"]


@pytest.mark.parametrize(("hours", "tag"), [(1, None), (30, "HUMAN_AGENT")])
def test_g_s4_a_picture_carries_the_tag_when_a_text_would(stage: Stage, hours: int, tag: str | None) -> None:
    stage.writes(ago_seconds=hours * 3600)
    customer, bo, now = stage.identity().customer, stage.agent(), utc.now()
    attached = uploads.add(customer, bo, "dm", [("couch.png", Picture(b"png", "image/png", 1, 1, 3))], now)
    (item,) = replies.reply_with(customer, bo, replies.Words("", "picture"), attached, now)
    assert item.send is not None
    send_id = item.send.id
    db.commit()
    deliver(send_id)
    body = stage.calls("send")[0]["body"]
    assert (body["message"]["attachment"]["type"], body.get("tag")) == ("image", tag)


def test_g_s4_an_automatic_reply_that_waited_for_a_day_is_not_sent(stage: Stage) -> None:
    stage.writes(ago_seconds=30 * 3600)
    send_id = stage.reply()
    db.change(sa.update(Send).values(author_id=None))
    db.commit()
    deliver(send_id)
    assert (stage.state(send_id), stage.calls("send")) == (SendState.FAILED, [])


def test_a_window_that_closed_while_a_send_waited_is_found_before_the_call(stage: Stage) -> None:
    stage.writes(ago_seconds=7 * 24 * 3600 - 30)
    send_id = stage.reply()
    stage.identity().window_opened_at = utc.now() - timedelta(days=7, seconds=1)
    db.commit()
    deliver(send_id)
    assert stage.state(send_id) == SendState.FAILED
    assert stage.calls("send") == []


def comment_of(stage: Stage, person: str = "lena") -> Item:
    comment_id = stage.happens("comment", person, post="FEED")["comment_id"]
    stage.tell()
    return stage.item(comment_id)


def answer_publicly(stage: Stage, item: Item) -> int:
    answer = comments.reply_publicly(item, stage.agent(), "In spring!", "public", utc.now())
    db.commit()
    return db.session().scalars(sa.select(Send.id).where(Send.item_id == answer.id)).one()


def answer_privately(stage: Stage, item: Item) -> int:
    answer = comments.reply_privately(item, stage.agent(), "We wrote to you", "private", utc.now())
    db.commit()
    return db.session().scalars(sa.select(Send.id).where(Send.item_id == answer.id)).one()


def test_a_comment_is_answered_publicly_and_privately(stage: Stage) -> None:
    item = comment_of(stage)
    public, private = answer_publicly(stage, item), answer_privately(stage, item)
    deliver(public)
    deliver(private)
    assert (stage.state(public), stage.state(private)) == (SendState.SENT, SendState.SENT)
    (call,) = stage.calls("send")
    assert call["body"]["recipient"] == {"comment_id": stage.send(private).comment_id}


def test_g_s4_a_private_reply_that_waited_for_too_long_is_not_sent(stage: Stage) -> None:
    item = comment_of(stage)
    send_id = answer_privately(stage, item)
    item.at = utc.now() - timedelta(days=7, seconds=1)
    db.commit()
    deliver(send_id)
    assert (stage.state(send_id), stage.calls("send")) == (SendState.FAILED, [])


def test_a_lost_public_reply_is_found_among_the_comments_replies(stage: Stage) -> None:
    item = comment_of(stage)
    stage.fault(lost_answers={"rate": 1, "times": 1})
    send_id = answer_publicly(stage, item)
    deliver(send_id)
    assert stage.state(send_id) == SendState.CHECKING
    settle(send_id)
    assert stage.state(send_id) == SendState.SENT
    assert len(stage.calls("reply")) == 1


def test_a_lost_public_reply_is_not_taken_for_somebody_elses(stage: Stage) -> None:
    item = comment_of(stage)
    send_id = answer_publicly(stage, item)
    stage.fault(server_errors={"rate": 1, "times": 1})
    deliver(send_id)
    stage.happens("comment_reply", "ana", comment=item.platform_id, text="In spring!")
    settle(send_id)
    assert stage.state(send_id) == SendState.CHECKING


def test_g_s8_a_lost_private_reply_is_settled_without_a_second_message(stage: Stage) -> None:
    item = comment_of(stage)
    stage.fault(lost_answers={"rate": 1, "times": 1}, no_echo=True)
    send_id = answer_privately(stage, item)
    deliver(send_id)
    settle(send_id)
    assert stage.state(send_id) == SendState.SENT
    assert stage.sent() == ["We wrote to you"]


def test_a_private_reply_that_never_arrived_is_made_again_since_meta_takes_only_one(stage: Stage) -> None:
    item = comment_of(stage)
    stage.fault(server_errors={"rate": 1, "times": 1})
    send_id = answer_privately(stage, item)
    deliver(send_id)
    a_while_passes(send_id)
    settle(send_id)
    assert (stage.state(send_id), stage.sent()) == (SendState.SENT, ["We wrote to you"])


def test_a_private_reply_that_instagram_took_unseen_is_sent_when_it_says_so(stage: Stage) -> None:
    item = comment_of(stage)
    stage.fault(server_errors={"rate": 1, "times": 1, "delivered": True}, no_echo=True)
    send_id = answer_privately(stage, item)
    deliver(send_id)
    a_while_passes(send_id)
    stage.fault(refuse_with={"code": 1, "status": 400, "only": ["conversations"]})
    settle(send_id)
    assert (stage.state(send_id), stage.sent()) == (SendState.SENT, ["We wrote to you"])


@pytest.mark.parametrize("has_author", [True, False])
def test_who_commented_under_another_id_is_the_same_customer_when_they_answer_a_private_reply(
    stage: Stage, *, has_author: bool
) -> None:
    stage.sandbox.post("/_sandbox/people", {"key": "lena", "commenter_id": "910000000000999" if has_author else " "})
    comment_id = stage.happens("comment", post="FEED")["comment_id"]
    stage.tell()
    for event_id in db.session().scalars(sa.select(Event.id)).all():
        completing.complete(event_id, utc.now())
    item = stage.item(comment_id)
    deliver(answer_privately(stage, item))
    stage.tell()
    answer = stage.writes("Thank you!")
    assert answer.customer_id == item.customer_id
    assert answer.conversation_id == item.conversation_id


def test_the_echo_of_a_private_reply_that_comes_first_under_another_id_makes_nobody_new(stage: Stage) -> None:
    stage.sandbox.post("/_sandbox/people", {"key": "lena", "commenter_id": "910000000000999"})
    item = comment_of(stage)
    send_id = answer_privately(stage, item)
    assert sends.claim(send_id, "a worker", utc.now())
    db.commit()
    body = {"recipient": {"comment_id": item.platform_id}, "message": {"text": "We wrote to you"}}
    graph.client().post(TOKEN, "me/messages", body)
    stage.tell()
    assert stage.state(send_id) == SendState.SENT
    assert stage.identity().customer_id == item.customer_id
    assert db.session().scalar(sa.select(sa.func.count(Conversation.id))) == 1


def test_an_id_that_is_known_already_stays_with_its_customer(stage: Stage) -> None:
    stage.sandbox.post("/_sandbox/people", {"key": "lena", "commenter_id": "910000000000999"})
    wrote, item = stage.writes(), comment_of(stage)
    deliver(answer_privately(stage, item))
    assert stage.identity().customer_id == wrote.customer_id != item.customer_id


@pytest.mark.parametrize("subcode", [2534013, 2534029])
def test_a_lost_private_reply_that_instagram_forbids_when_asked_again_is_not_called_sent(
    stage: Stage, subcode: int
) -> None:
    item = comment_of(stage)
    stage.fault(server_errors={"rate": 1, "times": 1})
    send_id = answer_privately(stage, item)
    deliver(send_id)
    a_while_passes(send_id)
    stage.fault(refuse_with={"code": 100, "subcode": subcode})
    settle(send_id)
    assert (stage.state(send_id), stage.sent()) == (SendState.CHECKING, [])


def a_while_passes(send_id: int) -> None:
    earlier = utc.now() - timedelta(seconds=30)
    db.change(sa.update(Send).where(Send.id == send_id).values(called_at=earlier, next_try_at=earlier))
    db.commit()


@pytest.mark.parametrize("kind", [SendKind.HIDE, SendKind.DELETE, SendKind.LIKE])
def test_what_may_be_repeated_is_repeated_after_a_lost_answer(stage: Stage, kind: SendKind) -> None:
    item = stage.writes() if kind == SendKind.LIKE else comment_of(stage)
    act = {SendKind.HIDE: comments.hide, SendKind.DELETE: comments.delete, SendKind.LIKE: likes.like}[kind]
    send_id = act(item, stage.agent(), utc.now()).id
    db.commit()
    stage.fault(server_errors={"rate": 1, "times": 1, "delivered": True})
    deliver(send_id)
    assert stage.state(send_id) == SendState.WAITING
    due_now(send_id)
    deliver(send_id)
    assert stage.state(send_id) == SendState.SENT


def test_g_s10_a_deleted_comment_is_deleted_on_instagram(stage: Stage) -> None:
    item = comment_of(stage)
    send_id = comments.delete(item, stage.agent(), utc.now()).id
    db.commit()
    deliver(send_id)
    (shown,) = stage.sandbox.get("/_sandbox/comments")
    assert shown["is_deleted"]
    assert db.session().get_one(Item, item.id, populate_existing=True).removed_at is not None


def test_unliking_takes_the_heart_back(stage: Stage) -> None:
    item = stage.writes()
    bo = stage.agent()
    for act in (likes.like, likes.unlike):
        send_id = act(item, bo, utc.now()).id
        db.commit()
        deliver(send_id)
        assert stage.state(send_id) == SendState.SENT
    (message,) = stage.sandbox.get("/_sandbox/messages")
    assert message["reactions"] == {}


def test_a_like_does_not_fulfil_the_sla(stage: Stage) -> None:
    item = stage.writes()
    send_id = likes.like(item, stage.agent(), utc.now()).id
    db.commit()
    deliver(send_id)
    assert factories.conversation_of(stage.identity()).due_at is not None
