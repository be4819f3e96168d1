"""Answering what is not one's own, and several accounts on one customer (SPEC 5.13, 5.14)."""

from datetime import datetime

from igapp import db, utc
from igapp.desk import closing, comments, merging, replies, routing
from igapp.models import Account, Identity, Status, User
from tests.desk.acts import answer, done, held, load, refused, send_out
from tests.factories import comment, conversation_of, make_account, make_identity, make_inbox, route_all, write


def both(account: Account, other: Account, by: User, now: datetime) -> tuple[Identity, Identity]:
    """Ana, known to two accounts."""
    first, second = make_identity(account), make_identity(other)
    done(merging.merge(first.customer, second.customer, by, now))
    return first, second


def test_replying_in_an_unassigned_conversation_takes_it(account: Account, mia: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    done(replies.reply(ana.customer, mia, "Hi", "key", now))
    assert (conversation_of(ana).agent_id, load(mia)) == (mia.id, 1)


def test_not_beyond_the_maximum(account: Account, bo: User, now: datetime) -> None:
    for _ in range(5):
        write(make_identity(account), now=now)
        done(routing.next_for(bo, now))
    ana = make_identity(account)
    done(write(ana, now=now))
    assert "5 of 5" in refused(lambda: replies.reply(ana.customer, bo, "Hi", "key", now))
    assert conversation_of(ana).agent_id is None


def test_what_is_refused_withdraws_no_offer(account: Account, bo: User, cy: User, now: datetime) -> None:
    for _ in range(5):
        write(make_identity(account), now=now)
        done(routing.next_for(cy, now))
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    refused(lambda: replies.reply(ana.customer, cy, "Hi", "key", now))
    assert conversation_of(ana).offered_to_id == bo.id


def test_replying_in_a_colleagues_conversation_sends_and_leaves_the_assignment(
    account: Account, bo: User, cy: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    answer(ana, cy, now)
    found = conversation_of(ana)
    assert (found.agent_id, found.due_at, found.needs_attention) == (bo.id, None, False)
    assert (load(bo), load(cy)) == (1, 0)


def test_answering_a_closed_conversation_opens_no_session(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    done(closing.close(held(ana, bo, now), bo, now))
    answer(ana, bo, now + utc.minutes(1), "One more thing")
    found = conversation_of(ana)
    assert (found.status, found.agent_id, load(bo)) == (Status.WAITING, bo.id, 0)


def test_the_inbox_is_that_of_the_first_open_session(account: Account, bo: User, mia: User, now: datetime) -> None:
    returns = make_inbox("Returns")
    ana, ana_there = both(account, make_account("our.returns", returns), mia, now)
    write(ana_there, now=now)
    write(ana, now=now)
    assert conversation_of(ana).inbox_id == returns.id


def test_when_the_first_session_ends_the_inbox_is_that_of_the_next(
    account: Account, bo: User, mia: User, now: datetime
) -> None:
    ana, ana_there = both(account, make_account("our.returns", make_inbox("Returns")), mia, now)
    first = write(ana_there, now=now)
    write(ana, now=now)
    done(closing.no_reply_needed(conversation_of(ana), mia, now, first.session))
    assert conversation_of(ana).inbox_id == account.inbox_id


def test_each_account_has_a_session_of_its_own_and_one_place(
    account: Account, bo: User, mia: User, now: datetime
) -> None:
    ana, ana_there = both(account, make_account("our.shop"), mia, now)
    write(ana, now=now)
    held(ana, bo, now)
    write(ana_there, now=now)
    db.commit()
    assert len(conversation_of(ana).open_sessions) == 2
    assert load(bo) == 1


def test_a_reply_leaves_by_the_account_through_which_the_last_message_came(
    account: Account, bo: User, mia: User, now: datetime
) -> None:
    ana, ana_there = both(account, make_account("our.shop"), mia, now)
    write(ana, now=now)
    write(ana_there, now=now + utc.seconds(1))
    item = answer(ana, bo, now + utc.seconds(2))
    assert item.account_id == ana_there.account_id


def test_the_lane_may_name_the_account(account: Account, bo: User, mia: User, now: datetime) -> None:
    ana, ana_there = both(account, make_account("our.shop"), mia, now)
    write(ana, now=now)
    write(ana_there, now=now + utc.seconds(1))
    item = done(replies.reply(ana.customer, bo, "Hi", "key", now + utc.seconds(2), ana))
    assert item.account_id == account.id


def test_an_answer_to_one_account_answers_only_that(account: Account, bo: User, mia: User, now: datetime) -> None:
    ana, ana_there = both(account, make_account("our.shop"), mia, now)
    write(ana, now=now)
    write(ana_there, now=now + utc.seconds(1))
    send_out(done(replies.reply(ana.customer, bo, "Hi", "key", now + utc.seconds(2), ana)), now + utc.seconds(2))
    waiting = [one.identity_id for one in conversation_of(ana).open_sessions if one.unanswered_at is not None]
    assert waiting == [ana_there.id]


def test_a_reply_goes_to_the_customers_own_identities_only(account: Account, bo: User, now: datetime) -> None:
    ana, lena = make_identity(account), make_identity(account)
    write(ana, now=now)
    done(write(lena, now=now))
    assert refused(lambda: replies.reply(ana.customer, bo, "Hi", "key", now, lena))


def test_answering_a_comment_takes_the_conversation_too(account: Account, mia: User, now: datetime) -> None:
    ana = make_identity(account)
    done(comments.reply_publicly(comment(ana), mia, "Thanks", "key", now))
    assert conversation_of(ana).agent_id == mia.id
