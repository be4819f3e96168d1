"""What leaves: in order, once, and what is known of its end (SPEC 6.4, 6.10, GUARANTEES S)."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from igapp import db, utc
from igapp.desk import arrivals, auto_replies, comments, likes, merging, replies, sends, settings
from igapp.models import (
    Account,
    AccountState,
    AutoReply,
    Conversation,
    Identity,
    Item,
    ItemKind,
    Send,
    SendKind,
    SendState,
    User,
)
from tests.desk.acts import done, events, queued, refused, send_out
from tests.factories import comment, conversation_of, make_account, make_identity, numbers, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    ana = make_identity(account)
    done(write(ana, now=now))
    return ana


def reply(ana: Identity, bo: User, now: datetime, text: str = "Hi") -> Send:
    send = done(replies.reply(ana.customer, bo, text, f"key-{next(numbers)}", now)).send
    assert send is not None
    return send


def claim(send: Send, now: datetime) -> bool:
    return done(sends.claim(send.id, "worker", now)) is not None


def automatic(ana: Identity, now: datetime) -> Send:
    """An automatic reply that waits to be sent."""
    conversation: Conversation = conversation_of(ana)
    item = Item(kind=ItemKind.AUTO_REPLY, at=now, arrived_at=now, text="We are away", details={})
    item.customer, item.conversation, item.identity, item.account = ana.customer, conversation, ana, ana.account
    send = Send(
        kind=SendKind.MESSAGE, account=ana.account, identity=ana, conversation_id=conversation.id, item=item,
        key=f"automatic-{next(numbers)}", text="We are away",
    )  # fmt: skip
    return done(sends.queue(send, now))


def test_a_send_is_claimed_by_one(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    assert claim(send, now)
    assert not claim(send, now)


def test_what_somebody_has_claimed_is_not_held(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    assert not done(sends.hold(send, "Wait.", now + utc.minutes(1), now))
    assert (send.state, send.problem) == (SendState.SENDING, None)


def test_g_s1_sent_means_that_the_message_id_is_known(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_sent(send, "m1", now))
    assert (send.state, send.platform_id, send.item and send.item.platform_id) == (SendState.SENT, "m1", "m1")


def test_what_is_queued_holds_back_later_ones(ana: Identity, bo: User, now: datetime) -> None:
    first, second = reply(ana, bo, now), reply(ana, bo, now)
    assert not claim(second, now)
    send_out(item_of(first), now)
    assert claim(second, now)


def test_what_is_sending_or_waiting_holds_back_later_ones(ana: Identity, bo: User, now: datetime) -> None:
    first, second = reply(ana, bo, now), reply(ana, bo, now)
    claim(first, now)
    assert not claim(second, now)
    done(sends.record_waiting(first, "Wait.", now + utc.seconds(30), now))
    assert not claim(second, now)


@pytest.mark.parametrize("end", ["sent", "refused", "given up", "discarded"])
def test_what_ends_asks_for_the_next_of_its_thread(
    app: Flask, ana: Identity, bo: User, now: datetime, end: str
) -> None:
    first, _second = reply(ana, bo, now), reply(ana, bo, now)
    claim(first, now)
    if end == "given up":
        done(sends.record_unknown(first, now))
    if end == "discarded":
        done(sends.record_waiting(first, "Wait.", now, now))
    acts: dict[str, Callable[[], object]] = {
        "sent": lambda: sends.record_sent(first, "m1", now),
        "refused": lambda: sends.record_refused(first, "No.", "1", now),
        "given up": lambda: sends.give_up_checking(first, now),
        "discarded": lambda: sends.discard(first, now),
    }
    assert "deliver" in queued(app, acts[end])


def test_checking_holds_back_for_at_most_60_seconds(ana: Identity, bo: User, now: datetime) -> None:
    first, second = reply(ana, bo, now), reply(ana, bo, now)
    claim(first, now)
    done(sends.record_unknown(first, now + utc.seconds(7)))
    assert not claim(second, now + utc.seconds(59))
    assert claim(second, now + utc.seconds(60))


def test_failed_and_discarded_hold_back_nothing(ana: Identity, bo: User, now: datetime) -> None:
    first, second, third = (reply(ana, bo, now) for _ in range(3))
    claim(first, now)
    done(sends.record_refused(first, "No.", "10", now))
    assert claim(second, now)
    done(sends.record_waiting(second, "Wait.", now + utc.minutes(5), now))
    done(sends.discard(second, now))
    assert claim(third, now)


def test_g_l3_one_customers_wait_holds_back_nobody_else(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    lena = make_identity(account)
    done(write(lena, now=now))
    reply(ana, bo, now)
    assert claim(reply(lena, bo, now), now)


def test_a_like_waits_for_no_message(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    reply(ana, bo, now)
    assert claim(done(likes.like(item, bo, now)), now)


def test_what_waits_is_tried_again_at_its_time(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_waiting(send, "Wait.", now + utc.seconds(30), now))
    assert not claim(send, now + utc.seconds(29))
    assert claim(send, now + utc.seconds(30))


def test_g_s3_an_unknown_end_is_not_called_again(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_unknown(send, now))
    assert send.state == SendState.CHECKING
    assert not claim(send, now + utc.minutes(5))


def test_a_worker_that_died_leaves_an_unknown_end(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    assert sends.due(now + utc.seconds(29)) == []
    assert sends.due(now + utc.seconds(30)) == [(send.id, SendState.SENDING)]


def test_after_a_minute_of_checking_the_agent_decides(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_unknown(send, now))
    refused(lambda: sends.retry(send, now))
    done(sends.give_up_checking(send, now + utc.seconds(60)))
    assert "could not find out" in str(send.problem)
    done(sends.retry(send, now + utc.seconds(61)))
    assert send.state == SendState.QUEUED


def test_what_is_retried_is_not_put_off_by_who_still_looks_for_its_end(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_unknown(send, now))
    done(sends.give_up_checking(send, now))
    done(sends.retry(send, now))
    done(sends.check_again(send, now + utc.seconds(10)))
    assert claim(send, now)


def test_g_s2_retry_makes_exactly_one_new_call(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_refused(send, "No.", "10", now))
    done(sends.retry(send, now))
    assert refused(lambda: sends.retry(send, now))
    assert claim(send, now)
    assert not claim(send, now)
    assert send.attempts == 2


def test_what_is_discarded_stays_in_the_timeline_and_is_not_sent(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_refused(send, "No.", "10", now))
    done(sends.discard(send, now))
    assert (send.state, send.problem) == (SendState.DISCARDED, None)
    assert not claim(send, now)


def test_what_is_on_its_way_cannot_be_discarded(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    assert "on its way" in refused(lambda: sends.discard(send, now))


def test_what_was_discarded_in_doubt_says_so(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(sends.record_unknown(send, now))
    done(sends.give_up_checking(send, now))
    done(sends.discard(send, now))
    assert "could not find out" in str(send.problem)


def test_an_end_is_recorded_once(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    assert done(sends.record_sent(send, "m1", now))
    assert not done(sends.record_sent(send, "m1", now))
    done(sends.record_refused(send, "No.", "10", now))
    done(sends.record_unknown(send, now))
    done(sends.give_up_checking(send, now))
    assert (send.state, send.problem) == (SendState.SENT, None)


def test_what_is_due_comes_manual_before_automatic(ana: Identity, account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account)
    done(write(lena, now=now))
    machine, person = automatic(lena, now), reply(ana, bo, now)
    assert [send_id for send_id, _ in sends.due(now)] == [person.id, machine.id]


def test_what_is_held_back_is_not_due(ana: Identity, bo: User, now: datetime) -> None:
    first, _ = reply(ana, bo, now), reply(ana, bo, now)
    assert [send_id for send_id, _ in sends.due(now)] == [first.id]


def test_without_a_working_token_sends_wait_and_say_so(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    send = reply(ana, bo, now)
    account.state = AccountState.REFUSED
    held = sends.hold_reason(send, now)
    assert held is not None
    assert held[0] == "Waiting: @our.brand must be reconnected."
    account.state = AccountState.CONNECTED
    assert sends.hold_reason(send, now) is None


def test_while_instagram_throttles_sends_wait_until_then(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    send = reply(ana, bo, now)
    account.throttled_until = now + utc.minutes(2)
    held = sends.hold_reason(send, now)
    assert held is not None
    assert held[1] == now + utc.minutes(2)
    assert sends.hold_reason(send, now + utc.minutes(2)) is None


def limit(ada: User, count: int, now: datetime) -> None:
    done(settings.change(ada, now, sends_per_window=count))


def test_over_the_rate_sends_wait_until_the_oldest_is_5_minutes_old(
    ana: Identity, bo: User, ada: User, now: datetime
) -> None:
    limit(ada, 2, now)
    for second in (0, 10):
        moment = now + utc.seconds(second)
        send_out(item_of(reply(ana, bo, moment)), moment)
    third = reply(ana, bo, now + utc.seconds(20))
    held = sends.hold_reason(third, now + utc.seconds(20))
    assert held == ("Waiting: 2 messages in 5 minutes were sent. It goes out by itself.", now + utc.minutes(5))
    assert sends.hold_reason(third, now + utc.minutes(5)) is None


def test_replies_that_wait_behind_an_automatic_one_do_not_go_before_it(
    ana: Identity, bo: User, ada: User, now: datetime
) -> None:
    limit(ada, 1, now)
    first = automatic(ana, now)
    behind = reply(ana, bo, now)
    assert sends.hold_reason(first, now) is None
    lena = make_identity(ana.account, "Lena")
    done(write(lena, now=now))
    before = reply(lena, bo, now)
    because = "Waiting: replies written by people go first. It goes out by itself."
    assert sends.hold_reason(first, now) == (because, now + utc.seconds(1))
    send_out(item_of(before), now)
    assert sends.hold_reason(first, now + utc.minutes(5)) is None
    assert behind.state == SendState.QUEUED


def test_likes_go_out_over_the_rate_too(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    limit(ada, 1, now)
    send_out(item_of(reply(ana, bo, now)), now)
    like = done(likes.like(write(ana, now=now), bo, now))
    assert sends.hold_reason(like, now) is None


def test_likes_do_not_count_towards_the_rate(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    limit(ada, 1, now)
    item = write(ana, now=now)
    claim(done(likes.like(item, bo, now)), now)
    assert sends.hold_reason(reply(ana, bo, now), now) is None


def test_each_account_has_its_own_rate(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    limit(ada, 1, now)
    send_out(item_of(reply(ana, bo, now)), now)
    lena = make_identity(make_account("our.shop"))
    done(write(lena, now=now))
    assert sends.hold_reason(reply(lena, bo, now), now) is None


def test_the_last_place_is_for_a_person(ana: Identity, account: Account, bo: User, ada: User, now: datetime) -> None:
    limit(ada, 1, now)
    lena = make_identity(account)
    done(write(lena, now=now))
    machine, person = automatic(lena, now), reply(ana, bo, now)
    assert sends.hold_reason(machine, now) is not None
    assert sends.hold_reason(person, now) is None


def test_an_automatic_reply_counts_as_no_answer(ana: Identity, bo: User, now: datetime) -> None:
    send_out(item_of(automatic(ana, now + utc.seconds(1))), now + utc.seconds(1))
    assert conversation_of(ana).due_at is not None
    assert conversation_of(ana).last_reply_at is None


def test_an_automatic_reply_goes_once_per_conversation(account: Account, ada: User, now: datetime) -> None:
    auto_replies.change(account, AutoReply.AT_START, "We are on it", ada, now)
    lena = make_identity(account)
    write(lena, now=now)
    write(lena, now=now)
    db.commit()
    assert len(sends.due(now)) == 1


def test_the_read_mark_reaches_what_was_sent_before_it(ana: Identity, bo: User, now: datetime) -> None:
    first, second = reply(ana, bo, now), reply(ana, bo, now + utc.seconds(2))
    send_out(item_of(first), now + utc.seconds(3))
    send_out(item_of(second), now + utc.seconds(3))
    done(arrivals.receive_read(ana, first.platform_id, now + utc.seconds(9), now + utc.seconds(9)))
    assert item_of(first).seen_at == now + utc.seconds(9)
    assert item_of(second).seen_at is None


def test_what_is_recorded_after_the_customer_read_it_is_seen(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(arrivals.receive_read(ana, None, now + utc.seconds(2), now + utc.seconds(2)))
    done(sends.record_sent(send, "m1", now + utc.seconds(3)))
    assert item_of(send).seen_at == now + utc.seconds(2)


def test_a_late_read_of_before_takes_back_no_later_one(ana: Identity, bo: User, now: datetime) -> None:
    send = reply(ana, bo, now)
    claim(send, now)
    done(arrivals.receive_read(ana, None, now + utc.seconds(9), now + utc.seconds(9)))
    done(arrivals.receive_read(ana, None, now - utc.seconds(5), now + utc.seconds(10)))
    done(sends.record_sent(send, "m1", now + utc.seconds(11)))
    assert item_of(send).seen_at == now + utc.seconds(9)


def test_what_is_read_in_one_account_is_not_seen_in_another(ana: Identity, bo: User, now: datetime) -> None:
    twin = make_identity(make_account("our.shop"))
    done(write(twin, now=now))
    done(merging.merge(ana.customer, twin.customer, bo, now))
    item = done(replies.reply(ana.customer, bo, "Hi", "key", now, twin))
    send_out(item, now)
    done(arrivals.receive_read(ana, None, now + utc.seconds(9), now + utc.seconds(9)))
    assert item.seen_at is None


def test_a_direct_message_that_is_read_marks_no_comment_reply(ana: Identity, bo: User, now: datetime) -> None:
    public = done(comments.reply_publicly(comment(ana), bo, "Thanks", "key", now))
    send_out(public, now)
    done(arrivals.receive_read(ana, None, now + utc.minutes(1), now + utc.minutes(1)))
    assert public.seen_at is None


def test_sending_writes_no_event(ana: Identity, bo: User, now: datetime) -> None:
    send_out(item_of(reply(ana, bo, now)), now)
    assert events(ana) == ["Taken by Bo, who answered"]


def item_of(send: Send) -> Item:
    assert send.item is not None
    return send.item
