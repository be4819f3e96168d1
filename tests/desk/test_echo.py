"""What was written in the Instagram app, and the echoes of our own sends (SPEC 9, GUARANTEES D3)."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import arrivals, closing, replies, sends
from igapp.models import Account, Attachment, AttachmentKind, Identity, Item, ItemKind, Send, SendState, Status, User
from tests.desk.acts import answer, done, echo, events, held, load, offered_to, sweep
from tests.factories import comment, conversation_of, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """A customer who waits."""
    ana = make_identity(account)
    done(write(ana, now=now))
    return ana


def said(ana: Identity, kind: ItemKind | None = None) -> list[Item]:
    wanted = sa.select(Item).where(Item.customer_id == ana.customer_id, Item.kind != ItemKind.EVENT)
    if kind is not None:
        wanted = wanted.where(Item.kind == kind)
    return list(db.session().scalars(wanted.order_by(Item.at, Item.id)))


def replied(ana: Identity, bo: User, now: datetime, text: str = "We ship on Monday.") -> Send:
    """A reply whose call has left."""
    send = done(replies.reply(ana.customer, bo, text, f"key {text} {now}", now)).send
    assert send is not None
    assert done(sends.claim(send.id, "worker", now)) is not None
    return send


def echo_of(ana: Identity, mid: str | None, text: str | None, at: datetime, picture: bool = False) -> Item | None:
    attached = (arrivals.ArrivedAttachment(AttachmentKind.IMAGE, "image", "https://x.fbcdn.net/i"),) if picture else ()
    arrival = arrivals.Arrival(ItemKind.ECHO, mid, at, text=text, attachments=attached)
    return done(arrivals.receive_echo(ana, arrival, at))


def test_it_appears_and_clears_the_sla(ana: Identity, now: datetime) -> None:
    echo(ana, now + utc.minutes(1))
    assert [item.kind for item in said(ana)] == [ItemKind.MESSAGE, ItemKind.ECHO]
    assert conversation_of(ana).due_at is None


def test_it_opens_a_conversation_and_session_where_none_was_open(account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account)
    echo(lena, now)
    found = conversation_of(lena)
    assert (found.status, len(found.open_sessions), found.due_at) == (Status.NEW, 1, None)


def test_when_routed_it_says_why(account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account)
    echo(lena, now)
    route_all(now)
    assert events(lena, viewer=bo)[-1] == "Routed to you because of an outgoing Instagram message."


def test_with_a_message_of_the_customers_it_is_routed_like_any_other(ana: Identity, bo: User, now: datetime) -> None:
    echo(ana, now + utc.seconds(1))
    route_all(now)
    assert offered_to(ana) == bo.id
    assert "earliest due" not in events(ana)[-1]


def test_a_late_echo_from_before_closing_opens_nothing(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(held(ana, bo, now), bo, now + utc.minutes(5)))
    echo(ana, now + utc.minutes(1), now + utc.minutes(6))
    assert conversation_of(ana).status == Status.CLOSED
    assert ItemKind.ECHO in [item.kind for item in said(ana)]


def test_a_late_echo_from_before_a_comment_was_closed_opens_nothing(account: Account, bo: User, now: datetime) -> None:
    lena = make_identity(account, "Lena")
    done(comment(lena, at=now))
    done(closing.close(conversation_of(lena), bo, now + utc.minutes(5)))
    echo(lena, now + utc.minutes(1), now + utc.minutes(6))
    assert conversation_of(lena).status == Status.CLOSED


def test_a_late_echo_from_before_the_session_ended_opens_nothing(ana: Identity, bo: User, now: datetime) -> None:
    held(ana, bo, now)
    answer(ana, bo, now + utc.minutes(1))
    sweep(now + utc.minutes(20))
    assert conversation_of(ana).status == Status.WAITING
    echo(ana, now + utc.minutes(2), now + utc.minutes(21))
    assert conversation_of(ana).status == Status.WAITING
    assert conversation_of(ana).agent_id == bo.id


def test_with_echo_off_what_is_sent_from_the_app_does_nothing(ana: Identity, account: Account, now: datetime) -> None:
    account.is_echo_on = False
    db.commit()
    assert echo(ana, now + utc.minutes(1)) is None
    assert conversation_of(ana).due_at is not None
    assert len(said(ana)) == 1


def test_with_echo_off_echoes_of_our_own_sends_still_settle_them(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    account.is_echo_on = False
    db.commit()
    send = replied(ana, bo, now)
    done(sends.record_unknown(send, now))
    echo_of(ana, "m1", "We ship on Monday.", now)
    assert send.state == SendState.SENT


def test_g_d3_the_answer_first_then_the_echo(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    done(sends.record_sent(send, "m1", now))
    echo_of(ana, "m1", "We ship on Monday.", now)
    assert [item.kind for item in said(ana)] == [ItemKind.MESSAGE, ItemKind.REPLY]


def test_g_d3_the_echo_first_then_the_answer(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    item = echo_of(ana, "m1", "We ship on Monday.", now)
    assert item is send.item
    done(sends.record_sent(send, "m1", now))
    assert [item.kind for item in said(ana)] == [ItemKind.MESSAGE, ItemKind.REPLY]
    assert (send.state, send.platform_id) == (SendState.SENT, "m1")


def test_g_d3_an_echo_whose_words_differ_gives_way_to_the_answer(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    echo_of(ana, "m1", "Words that Instagram changed", now)
    done(arrivals.receive_reaction(ana, "m1", "❤", now, now))
    done(sends.record_sent(send, "m1", now))
    (reply,) = said(ana, ItemKind.REPLY)
    assert [item.kind for item in said(ana)] == [ItemKind.MESSAGE, ItemKind.REPLY]
    assert (reply.platform_id, reply.reaction) == ("m1", "❤")


def test_g_d3_an_echo_with_a_picture_gives_way_with_all_it_has(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    echo_of(ana, "m1", "Words that Instagram changed", now, picture=True)
    done(sends.record_sent(send, "m1", now))
    assert db.session().scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0


def test_an_unknown_end_is_settled_by_the_words_of_the_echo(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    done(sends.record_unknown(send, now))
    echo_of(ana, "m1", " We ship  on Monday. ", now)
    assert (send.state, send.platform_id) == (SendState.SENT, "m1")
    assert conversation_of(ana).due_at is None


def test_other_words_settle_nothing(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    done(sends.record_unknown(send, now))
    echo_of(ana, "m1", "Something else", now)
    assert send.state == SendState.CHECKING
    assert len(said(ana, ItemKind.ECHO)) == 1


@pytest.mark.parametrize("text", [None, ""])
def test_an_echo_without_content_settles_nothing(ana: Identity, bo: User, now: datetime, text: str | None) -> None:
    send = replied(ana, bo, now)
    echo_of(ana, "m1", text, now)
    assert send.state == SendState.SENDING


def test_a_picture_settles_no_words(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    echo_of(ana, "m1", None, now, picture=True)
    assert send.state == SendState.SENDING


def test_the_same_words_to_somebody_else_settle_nothing(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    send = replied(ana, bo, now)
    echo_of(make_identity(account, "Lena"), "m1", "We ship on Monday.", now)
    assert send.state == SendState.SENDING


def test_an_echo_of_long_ago_settles_nothing(ana: Identity, bo: User, now: datetime) -> None:
    later = now + utc.hours(1)
    send = replied(ana, bo, later)
    arrival = arrivals.Arrival(ItemKind.ECHO, "m1", now + utc.minutes(5), text="We ship on Monday.")
    done(arrivals.receive_echo(ana, arrival, later))
    assert send.state == SendState.SENDING


def test_an_echo_settles_what_was_discarded_in_doubt(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    done(sends.record_unknown(send, now))
    done(sends.give_up_checking(send, now + utc.seconds(60)))
    done(sends.discard(send, now + utc.seconds(61)))
    echo_of(ana, "m1", "We ship on Monday.", now + utc.seconds(70))
    assert send.state == SendState.SENT
    assert said(ana, ItemKind.ECHO) == []


def test_of_two_sends_with_the_same_words_the_one_on_its_way_is_meant(ana: Identity, bo: User, now: datetime) -> None:
    first = replied(ana, bo, now)
    done(sends.record_unknown(first, now))
    done(sends.give_up_checking(first, now + utc.seconds(60)))
    second = replied(ana, bo, now + utc.seconds(61))
    echo_of(ana, "m2", "We ship on Monday.", now + utc.seconds(62))
    assert (first.state, second.state) == (SendState.CHECKING, SendState.SENT)


def test_an_answer_knows_better_than_the_words_of_an_echo(ana: Identity, bo: User, now: datetime) -> None:
    first = replied(ana, bo, now)
    done(sends.record_unknown(first, now))
    done(sends.give_up_checking(first, now + utc.seconds(60)))
    echo_of(ana, "m2", "We ship on Monday.", now + utc.seconds(61))
    assert first.platform_id == "m2"
    second = replied(ana, bo, now + utc.seconds(61))
    done(sends.record_sent(second, "m2", now + utc.seconds(62)))
    assert first.state == SendState.CHECKING
    assert first.platform_id is None
    assert (second.state, second.platform_id) == (SendState.SENT, "m2")


def test_the_same_words_from_the_app_and_from_us_are_two_messages(ana: Identity, bo: User, now: datetime) -> None:
    send = replied(ana, bo, now)
    echo_of(ana, "from-the-app", "We ship on Monday.", now)
    done(sends.record_sent(send, "ours", now))
    echo_of(ana, "ours", "We ship on Monday.", now)
    ids = {item.platform_id for item in said(ana) if not item.is_inbound}
    assert ids == {"from-the-app", "ours"}


def test_an_echo_twice_is_one_item(ana: Identity, now: datetime) -> None:
    for _ in range(2):
        echo_of(ana, "m1", "Hello", now + utc.seconds(1))
    assert len(said(ana, ItemKind.ECHO)) == 1


def test_an_echo_counts_as_our_last_reply_for_silence(ana: Identity, bo: User, now: datetime) -> None:
    held(ana, bo, now)
    echo(ana, now + utc.minutes(5))
    sweep(now + utc.minutes(19))
    assert conversation_of(ana).status == Status.OPEN
    sweep(now + utc.minutes(20))
    assert conversation_of(ana).status == Status.WAITING
    assert load(bo) == 0
