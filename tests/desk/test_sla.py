"""When an answer is due, and what fulfils or cancels it (SPEC 11.1, 11.2)."""

from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import arrivals, closing, comments, likes, notes, replies, sends, timeline
from igapp.models import Account, Identity, ItemKind, User
from tests.desk.acts import answer, done, echo, held, send_out, session_of
from tests.factories import comment, conversation_of, make_account, make_identity, make_inbox, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """Bo's customer, whose first message waits."""
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    return ana


def test_due_is_the_first_unanswered_message_plus_the_inboxs_sla(now: datetime, bo: User) -> None:
    ana = make_identity(make_account("our.returns", make_inbox("Returns", sla_minutes=7)))
    write(ana, at=now - utc.minutes(2), now=now)
    assert conversation_of(ana).due_at == now + utc.minutes(5)


def test_an_account_may_override_it(now: datetime, bo: User) -> None:
    ana = make_identity(make_account("our.vip", sla_minutes=3))
    write(ana, now=now)
    assert conversation_of(ana).due_at == now + utc.minutes(3)


def test_a_second_message_never_extends_it(ana: Identity, now: datetime) -> None:
    write(ana, "Hello?", now=now + utc.minutes(30))
    assert conversation_of(ana).due_at == now + utc.minutes(60)


def test_an_earlier_message_that_comes_late_moves_it_back(ana: Identity, now: datetime) -> None:
    write(ana, "First", at=now - utc.minutes(10), now=now)
    assert conversation_of(ana).due_at == now + utc.minutes(50)


def test_the_conversation_shows_the_earliest_of_its_sessions(ana: Identity, now: datetime) -> None:
    comment(ana, at=now - utc.minutes(20))
    assert conversation_of(ana).due_at == now + utc.minutes(40)


def test_a_reply_fulfils_it_when_it_is_sent_not_before(ana: Identity, bo: User, now: datetime) -> None:
    item = done(replies.reply(ana.customer, bo, "Hi", "key", now + utc.seconds(5)))
    assert conversation_of(ana).due_at is not None
    send_out(item, now + utc.seconds(6))
    assert (conversation_of(ana).due_at, conversation_of(ana).needs_attention) == (None, False)


def test_a_reply_that_failed_fulfils_nothing(ana: Identity, bo: User, now: datetime) -> None:
    send = done(replies.reply(ana.customer, bo, "Hi", "key", now)).send
    assert send is not None
    done(sends.claim(send.id, "worker", now))
    done(sends.record_refused(send, "No.", "10", now))
    assert conversation_of(ana).due_at is not None


def test_what_came_while_the_reply_was_on_its_way_still_waits(ana: Identity, bo: User, now: datetime) -> None:
    item = done(replies.reply(ana.customer, bo, "Hi", "key", now + utc.seconds(5)))
    write(ana, "And?", now=now + utc.seconds(8))
    send_out(item, now + utc.seconds(10))
    assert conversation_of(ana).due_at == now + utc.seconds(8) + utc.minutes(60)
    assert conversation_of(ana).needs_attention


def test_a_message_after_the_answer_has_a_due_time_of_its_own(ana: Identity, bo: User, now: datetime) -> None:
    answer(ana, bo, now + utc.minutes(1))
    write(ana, "Thanks, and", now=now + utc.minutes(5))
    assert conversation_of(ana).due_at == now + utc.minutes(65)


def test_an_echo_fulfils_it(ana: Identity, now: datetime) -> None:
    echo(ana, now + utc.minutes(1))
    assert conversation_of(ana).due_at is None


def test_an_echo_from_before_the_message_fulfils_nothing(ana: Identity, now: datetime) -> None:
    echo(ana, now - utc.minutes(1), now)
    assert conversation_of(ana).due_at == now + utc.minutes(60)


def test_a_direct_message_never_fulfils_a_comment(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana, at=now)
    answer(ana, bo, now + utc.seconds(1))
    assert session_of(said).due_at is not None
    assert conversation_of(ana).due_at is not None


def test_a_comments_answer_never_fulfils_a_direct_message(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana, at=now)
    send_out(done(comments.reply_publicly(said, bo, "Thanks", "key", now)), now)
    assert conversation_of(ana).due_at == now + utc.minutes(60)


def test_unsending_the_only_unanswered_message_cancels_it(ana: Identity, now: datetime) -> None:
    item = write(ana, "Oops", now=now)
    first = [one for one in items(ana) if one != item.platform_id]
    for mid in [*first, str(item.platform_id)]:
        done(arrivals.receive_unsend(ana, mid, now, now))
    assert (conversation_of(ana).due_at, conversation_of(ana).needs_attention) == (None, False)


def test_unsending_the_first_of_two_leaves_the_second_due(ana: Identity, now: datetime) -> None:
    (first,) = items(ana)
    write(ana, "Second", now=now + utc.minutes(5))
    done(arrivals.receive_unsend(ana, first, now + utc.minutes(6), now + utc.minutes(6)))
    assert conversation_of(ana).due_at == now + utc.minutes(65)


def test_closing_cancels_it(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    assert conversation_of(ana).due_at is None


def test_likes_and_notes_never_count(ana: Identity, bo: User, now: datetime) -> None:
    (item,) = [one for one in timeline.page(ana.customer).items if one.kind == ItemKind.MESSAGE]
    like = done(likes.like(item, bo, now))
    done(sends.claim(like.id, "worker", now))
    done(sends.record_sent(like, None, now))
    done(notes.write(ana.customer, bo, "A good customer", "key", now))
    assert conversation_of(ana).due_at is not None


def test_hiding_or_deleting_a_comment_never_counts(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    said = comment(ana)
    for act in (comments.hide, comments.delete):
        send = done(act(said, bo, now))
        done(sends.claim(send.id, "worker", now))
        done(sends.record_sent(send, None, now))
    assert session_of(said).due_at is not None


def items(identity: Identity) -> list[str]:
    db.session().expire_all()
    return [str(one.platform_id) for one in timeline.page(identity.customer).items if one.is_inbound]
