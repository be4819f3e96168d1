"""When the company answers, and what an account says when it does not."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import arrivals, auto_replies, hours, merging, sends, timeline
from igapp.desk.hours import Exceptional, Hours, Opening
from igapp.desk.refusal import Refused
from igapp.models import Account, AuditEntry, AutoReply, Identity, Item, ItemKind, Role, Send
from tests.desk.acts import meanwhile
from tests.factories import conversation_of, make_account, make_identity, make_user, write

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(hour: float, day: int = 0) -> datetime:
    return MONDAY + utc.days(day) + utc.hours(hour)


def test_the_company_is_open_on_working_days_at_first() -> None:
    usual = Hours()
    assert usual.are_open(at(9))
    assert not usual.are_open(at(8.99))
    assert not usual.are_open(at(17))
    assert not usual.are_open(at(12, day=5))


def test_hours_are_those_of_the_companys_zone() -> None:
    assert Hours(time_zone="America/New_York").are_open(at(21))
    assert not Hours(time_zone="America/New_York").are_open(at(13))


def test_a_night_shift_ends_on_the_next_day() -> None:
    nights = Hours(week=(hours.opening("22:00", "06:00"), *[None] * 6))
    assert nights.are_open(at(23))
    assert nights.are_open(at(29))
    assert not nights.are_open(at(30))


def test_the_whole_day_is_written_to_midnight() -> None:
    always = Hours(week=(hours.opening("00:00", "24:00"),) * 7)
    assert all(always.are_open(at(quarter / 4)) for quarter in range(96))


def test_an_exception_wins_over_the_week() -> None:
    day = date(2026, 11, 23)
    closed = Hours(exceptions=(Exceptional(day, "Holiday", None),))
    longer = Hours(exceptions=(Exceptional(day, "Sale", hours.opening("08:00", "22:00")),))
    assert not closed.are_open(at(12))
    assert longer.are_open(at(21))


def test_summer_time_moves_no_opening() -> None:
    lisbon = Hours(time_zone="Europe/Lisbon", week=(Opening(540, 1020),) * 7)
    assert lisbon.are_open(datetime(2026, 3, 28, 9, 0, tzinfo=UTC))
    assert lisbon.are_open(datetime(2026, 3, 29, 8, 0, tzinfo=UTC))


@pytest.mark.parametrize("wrong", ["", "9", "25:00", "10:60", "9:5", "-1:00", "x:00"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        hours.opening(wrong, "17:00")


def test_changed_hours_are_kept(db_session: Session) -> None:
    ada = make_user("Ada", Role.ADMIN)
    wanted = Hours("Europe/Lisbon", (Opening(480, 960),) * 7, (Exceptional(date(2026, 12, 25), "Christmas", None),))
    hours.change(wanted, ada, MONDAY)
    db.commit()
    assert hours.current() == wanted


def test_two_who_change_hours_at_once_are_both_recorded(app: Flask, db_session: Session) -> None:
    ada, first, second = make_user("Ada", Role.ADMIN), Hours("Europe/Lisbon"), Hours("Asia/Tokyo")
    db.commit()
    hours.change(first, ada, MONDAY)
    db.session().flush()
    meanwhile(app, ada, lambda eve: hours.change(second, eve, MONDAY))
    assert hours.current() == second
    changed = db.session().scalars(sa.select(AuditEntry.details).order_by(AuditEntry.id)).all()
    assert [one["before"]["time_zone"] for one in changed] == ["UTC", "Europe/Lisbon"]


def test_hours_of_no_zone_are_refused(db_session: Session) -> None:
    with pytest.raises(Refused):
        hours.change(Hours("Nowhere/Else"), make_user("Ada", Role.ADMIN), MONDAY)


def closed_account() -> Account:
    return make_account(auto_reply=AutoReply.OUTSIDE_HOURS, auto_reply_text="We answer from 9 to 5.")


def automatic() -> list[Send]:
    return list(db.session().scalars(sa.select(Send).where(Send.author_id.is_(None)).order_by(Send.id)))


def test_a_message_outside_hours_is_answered_once_per_conversation(db_session: Session) -> None:
    ana = make_identity(closed_account())
    write(ana, now=at(20))
    write(ana, "Hello?", now=at(20.1))
    [send] = automatic()
    assert send.text == "We answer from 9 to 5."
    assert send.item is not None
    assert send.item.kind == ItemKind.AUTO_REPLY


def test_a_message_within_hours_is_left_to_agents(db_session: Session) -> None:
    write(make_identity(closed_account()), now=at(10))
    assert automatic() == []


def test_the_start_of_a_conversation_is_answered_and_no_later_message(db_session: Session) -> None:
    account = make_account(auto_reply=AutoReply.AT_START, auto_reply_text="Thank you, we will be with you soon.")
    ana = make_identity(account)
    write(ana, now=at(10))
    write(ana, now=at(11))
    assert len(automatic()) == 1


def test_a_conversation_that_had_begun_gets_no_greeting(db_session: Session) -> None:
    account = make_account(auto_reply_text="Welcome")
    ana = make_identity(account)
    write(ana, now=at(10))
    account.auto_reply = AutoReply.AT_START
    write(ana, now=at(11))
    assert automatic() == []


def test_an_automatic_reply_leaves_the_due_time(db_session: Session) -> None:
    ana = make_identity(closed_account())
    write(ana, now=at(20))
    [send] = automatic()
    sends.claim(send.id, "worker", at(20))
    sends.record_sent(send, "m-1", at(20))
    conversation = conversation_of(ana)
    assert conversation.due_at == at(21)
    assert conversation.needs_attention


def test_an_automatic_reply_hides_no_request_in_previews(db_session: Session) -> None:
    ana = make_identity(closed_account())
    asked = write(ana, "Where is it?", now=at(20))
    conversation = conversation_of(ana)
    assert timeline.last_items([conversation]) == {conversation.id: asked}


def test_a_message_that_came_a_day_late_is_not_answered(db_session: Session) -> None:
    write(make_identity(closed_account()), at=at(20), now=at(45))
    assert automatic() == []


def test_a_comment_is_never_answered_automatically(db_session: Session) -> None:
    ana = make_identity(closed_account())
    comment(ana)
    assert automatic() == []


def comment(identity: Identity) -> Item:
    arrived = arrivals.ArrivedComment(comment_id="c-1", at=at(20), text="Nice", post=None)
    return arrivals.receive_comment(identity, arrived, at(20))


def test_a_blocked_customer_gets_no_automatic_reply(db_session: Session) -> None:
    ana = make_identity(closed_account())
    ana.customer.is_blocked = True
    write(ana, now=at(20))
    assert automatic() == []


def test_joined_conversations_are_answered_once(db_session: Session) -> None:
    account = closed_account()
    kept, gone = make_identity(account, "Ana"), make_identity(account, "Ana B")
    write(kept, now=at(10))
    write(gone, now=at(20))
    merging.merge(kept.customer, gone.customer, make_user("Ada", Role.ADMIN), at(20.1))
    write(kept, now=at(20.2))
    assert len(automatic()) == 1


def test_a_conversation_with_the_number_of_one_that_is_gone_is_answered(db_session: Session) -> None:
    account = closed_account()
    kept, gone = make_identity(account, "Ana"), make_identity(account, "Ana B")
    for identity in (kept, gone):
        write(identity, now=at(20))
    merging.merge(kept.customer, gone.customer, make_user("Ada", Role.ADMIN), at(20.1))
    lena = make_identity(account, "Lena")
    write(lena, now=at(20.5))
    assert [send.identity for send in automatic()][-1] == lena


@pytest.mark.parametrize(("is_dm_on", "answers"), [(True, 1), (False, 0)])
def test_a_story_mention_is_answered_by_itself_only_where_an_answer_to_that_is_heard(
    db_session: Session, is_dm_on: bool, answers: int
) -> None:
    ana = make_identity(closed_account())
    ana.account.is_dm_on = is_dm_on
    arrivals.receive(ana, arrivals.Arrival(ItemKind.STORY_MENTION, "mid-story", at(20)), at(20))
    assert len(automatic()) == answers


def test_an_automatic_reply_needs_words(db_session: Session) -> None:
    account, ada = make_account(), make_user("Ada", Role.ADMIN)
    with pytest.raises(Refused, match="Write the automatic reply"):
        auto_replies.change(account, AutoReply.AT_START, "  ", ada, MONDAY)
    with pytest.raises(Refused, match="640"):
        auto_replies.change(account, AutoReply.AT_START, "x" * 641, ada, MONDAY)
    auto_replies.change(account, AutoReply.AT_START, "Hello", ada, MONDAY)
    assert (account.auto_reply, account.auto_reply_text) == (AutoReply.AT_START, "Hello")
