"""What may be done with a comment (SPEC 10)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from igapp import db, utc
from igapp.desk import arrivals, closing, comments, echoes, replies, sends, staleness
from igapp.desk.comments import CommentAction
from igapp.models import Account, AccountState, Identity, Item, ItemKind, Send, SendState, Status, User
from tests.desk.acts import done, held, load, refused, send_out, session_of
from tests.factories import comment, conversation_of, make_account, make_identity

EVERYTHING = {CommentAction.REPLY, CommentAction.PRIVATE_REPLY, CommentAction.HIDE, CommentAction.DELETE}


@pytest.fixture
def ana(account: Account, bo: User) -> Identity:
    return make_identity(account)


@pytest.fixture
def said(ana: Identity, bo: User, now: datetime) -> Item:
    """A comment that Bo has accepted."""
    item = comment(ana, at=now)
    held(ana, bo, now)
    return item


def take(send: Send | None, now: datetime) -> None:
    assert send is not None
    done(sends.claim(send.id, "worker", now))
    done(sends.record_sent(send, None, now))


def fail(send: Send | None, now: datetime) -> None:
    assert send is not None
    done(sends.claim(send.id, "worker", now))
    done(sends.record_refused(send, "No.", "100", now))


def test_a_comment_is_grouped_under_its_post_and_routed(said: Item, bo: User) -> None:
    assert said.post is not None
    assert said.kind == ItemKind.COMMENT
    assert load(bo) == 1


def test_the_same_comment_twice_is_one_item(ana: Identity, now: datetime) -> None:
    arrived = arrivals.ArrivedComment("c1", now, "Nice", None)
    first = done(arrivals.receive_comment(ana, arrived, now))
    assert done(arrivals.receive_comment(ana, arrived, now)) is first
    assert len(conversation_of(ana).open_sessions) == 1


def test_everything_is_possible_at_first(said: Item, now: datetime) -> None:
    assert comments.allowed(said, now) == EVERYTHING


def test_a_public_reply_is_made_once(said: Item, bo: User, now: datetime) -> None:
    done(comments.reply_publicly(said, bo, "Thanks", "key-1", now))
    assert CommentAction.REPLY not in comments.allowed(said, now)
    assert "already" in refused(lambda: comments.reply_publicly(said, bo, "Thanks", "key-2", now))


def test_g_s8_a_private_reply_is_made_once_and_names_the_comment(said: Item, bo: User, now: datetime) -> None:
    item = done(comments.reply_privately(said, bo, "Hi", "key-1", now))
    assert item.send is not None
    assert item.send.comment_id == said.platform_id
    assert "already" in refused(lambda: comments.reply_privately(said, bo, "Hi", "key-2", now))


def had_already(said: Item, bo: User, now: datetime) -> tuple[Item, Identity]:
    """A private reply of which Meta says half a minute later that it has one already, without its id."""
    item = done(comments.reply_privately(said, bo, "Hi", "key-1", now))
    assert item.send is not None
    assert item.identity is not None
    claimed = done(sends.claim(item.send.id, "worker", now))
    assert claimed is not None
    done(sends.record_sent(claimed, None, now + utc.seconds(30)))
    return item, item.identity


def test_g_d3_a_private_reply_that_meta_had_already_takes_its_late_echo(said: Item, bo: User, now: datetime) -> None:
    item, identity = had_already(said, bo, now)
    late = arrivals.Arrival(ItemKind.ECHO, "m1", now + utc.seconds(1), text="Hi")
    for _ in range(2):
        assert done(arrivals.receive_echo(identity, late, now + utc.seconds(90))) is item
    assert item.send is not None
    assert (item.platform_id, item.send.platform_id) == ("m1", "m1")


def test_what_is_written_in_the_app_later_is_no_echo_of_a_private_reply(said: Item, bo: User, now: datetime) -> None:
    item, identity = had_already(said, bo, now)
    later = arrivals.Arrival(ItemKind.ECHO, "m2", now + utc.hours(1), text="Hi")
    assert done(arrivals.receive_echo(identity, later, now + utc.hours(1))) is not item
    assert item.platform_id is None


def test_the_echo_of_a_private_reply_is_told_by_its_words_while_its_end_is_open(
    said: Item, account: Account, bo: User, now: datetime
) -> None:
    send = done(comments.reply_privately(said, bo, "Hi", "key-1", now)).send
    assert send is not None
    assert echoes.private_reply(account, "Hi") is None
    assert done(sends.claim(send.id, "worker", now)) is send
    assert echoes.private_reply(account, "Hi") is send
    assert echoes.private_reply(account, "Hello") is None
    assert echoes.private_reply(make_account("our.shop"), "Hi") is None


def test_one_of_each_is_possible(said: Item, bo: User, now: datetime) -> None:
    done(comments.reply_publicly(said, bo, "Thanks", "key-1", now))
    done(comments.reply_privately(said, bo, "Hi", "key-2", now))
    assert comments.allowed(said, now) == {CommentAction.HIDE, CommentAction.DELETE}


def test_g_s11_a_double_click_answers_once(said: Item, bo: User, now: datetime) -> None:
    first = done(comments.reply_publicly(said, bo, "Thanks", "key", now))
    assert done(comments.reply_publicly(said, bo, "Thanks", "key", now)) is first


@pytest.mark.parametrize("answer", [comments.reply_publicly, comments.reply_privately])
def test_after_a_failed_one_another_can_be_made(said: Item, bo: User, now: datetime, answer: object) -> None:
    assert callable(answer)
    fail(done(answer(said, bo, "Thanks", "key-1", now)).send, now)
    again = done(answer(said, bo, "Thanks!", "key-2", now))
    send_out(again, now)
    assert again.send.state == SendState.SENT


def test_the_failed_one_is_not_retried_when_another_was_made(said: Item, bo: User, now: datetime) -> None:
    failed = done(comments.reply_publicly(said, bo, "Thanks", "key-1", now)).send
    fail(failed, now)
    done(comments.reply_publicly(said, bo, "Thanks!", "key-2", now))
    assert failed is not None
    assert "not waiting" in refused(lambda: sends.retry(failed, now))


def test_the_failed_one_can_be_retried_when_no_other_was_made(said: Item, bo: User, now: datetime) -> None:
    failed = done(comments.reply_publicly(said, bo, "Thanks", "key-1", now)).send
    fail(failed, now)
    assert failed is not None
    done(sends.retry(failed, now))
    assert "already" in refused(lambda: comments.reply_publicly(said, bo, "Thanks!", "key-2", now))


def test_the_direct_message_disappears_7_days_after_the_comment(said: Item, bo: User, now: datetime) -> None:
    assert CommentAction.PRIVATE_REPLY in comments.allowed(said, now + utc.days(7) - utc.seconds(1))
    assert CommentAction.PRIVATE_REPLY not in comments.allowed(said, now + utc.days(7))
    assert "7 days" in refused(lambda: comments.reply_privately(said, bo, "Hi", "key", now + utc.days(7)))


def test_the_public_reply_does_not_disappear_with_time(said: Item, now: datetime) -> None:
    assert CommentAction.REPLY in comments.allowed(said, now + utc.days(300))


@pytest.mark.parametrize("answer", [comments.reply_publicly, comments.reply_privately])
def test_a_reply_of_either_kind_ends_the_session_once_sent(
    said: Item, ana: Identity, bo: User, now: datetime, answer: object
) -> None:
    assert callable(answer)
    item = done(answer(said, bo, "Thanks", "key", now))
    assert session_of(said).is_open
    send_out(item, now)
    assert session_of(said).end_reason == "answered"
    assert (conversation_of(ana).status, load(bo)) == (Status.WAITING, 0)


@pytest.mark.parametrize("answer", [comments.reply_publicly, comments.reply_privately])
def test_g_s9_what_came_meanwhile_refuses_once(
    said: Item, ana: Identity, bo: User, now: datetime, answer: Callable[..., Item]
) -> None:
    seen = staleness.newest(ana.customer)
    done(comment(ana, "Never mind!", at=now))
    assert "Never mind!" in refused(lambda: answer(said, bo, "Thanks", "key", now, seen))
    done(answer(said, bo, "Thanks", "key", now))


def test_a_reply_to_one_comment_leaves_another_waiting(said: Item, ana: Identity, bo: User, now: datetime) -> None:
    other = done(comment(ana, "And in red?", at=now))
    take(done(comments.reply_publicly(said, bo, "Thanks", "key-1", now)).send, now)
    assert (session_of(said).is_open, session_of(other).is_open) == (False, True)
    assert conversation_of(ana).due_at == session_of(other).due_at is not None


def test_the_other_reply_is_possible_after_the_session_ended(said: Item, bo: User, now: datetime) -> None:
    send_out(done(comments.reply_publicly(said, bo, "Thanks", "key-1", now)), now)
    assert CommentAction.PRIVATE_REPLY in comments.allowed(said, now)
    send_out(done(comments.reply_privately(said, bo, "Hi", "key-2", now)), now)


def test_no_reply_needed_ends_it(said: Item, ana: Identity, bo: User, now: datetime) -> None:
    done(closing.no_reply_needed(conversation_of(ana), bo, now, said.session))
    assert not session_of(said).is_open


def test_a_badge_appears_when_instagram_accepted_not_before(said: Item, bo: User, now: datetime) -> None:
    send = done(comments.hide(said, bo, now))
    assert said.hidden_at is None
    take(send, now)
    assert said.hidden_at == now


def test_a_hidden_comment_cannot_be_answered_but_deleted(said: Item, bo: User, now: datetime) -> None:
    take(done(comments.hide(said, bo, now)), now)
    assert comments.allowed(said, now) == {CommentAction.DELETE}
    assert "hidden" in refused(lambda: comments.reply_publicly(said, bo, "Thanks", "key", now))


def test_hiding_is_asked_for_once(said: Item, bo: User, now: datetime) -> None:
    done(comments.hide(said, bo, now))
    assert "already" in refused(lambda: comments.hide(said, bo, now))


def test_after_a_failed_hide_it_can_be_hidden_again(said: Item, bo: User, now: datetime) -> None:
    fail(done(comments.hide(said, bo, now)), now)
    take(done(comments.hide(said, bo, now)), now)
    assert said.hidden_at is not None


def test_a_deleted_comment_stays_here_with_no_action_but_no_reply_needed(
    said: Item, ana: Identity, bo: User, now: datetime
) -> None:
    take(done(comments.delete(said, bo, now)), now)
    assert said.removed_at == now
    assert said.text == "Nice"
    assert comments.allowed(said, now) == set()
    assert session_of(said).is_open
    done(closing.no_reply_needed(conversation_of(ana), bo, now, said.session))


def test_what_we_deleted_was_not_deleted_by_its_author(said: Item, ana: Identity, bo: User, now: datetime) -> None:
    take(done(comments.delete(said, bo, now)), now)
    done(arrivals.receive_unsend(ana, str(said.platform_id), now, now))
    assert said.deleted_at is None
    assert session_of(said).is_open


def test_a_comment_deleted_by_its_author_is_over(said: Item, ana: Identity, bo: User, now: datetime) -> None:
    done(arrivals.receive_unsend(ana, str(said.platform_id), now, now))
    assert session_of(said).end_reason == "gone"
    assert (conversation_of(ana).due_at, load(bo)) == (None, 0)
    assert comments.allowed(said, now) == set()


def test_a_live_comment_has_a_direct_message_alone(ana: Identity, bo: User, now: datetime) -> None:
    item = comment(ana, at=now, is_live=True)
    assert item.kind == ItemKind.LIVE_COMMENT
    assert comments.allowed(item, now) == {CommentAction.PRIVATE_REPLY}
    assert "broadcast" in refused(lambda: comments.hide(item, bo, now))


def test_a_broadcast_is_over_after_four_hours(ana: Identity, bo: User, now: datetime) -> None:
    item = comment(ana, at=now, is_live=True)
    almost, over = now + timedelta(hours=3, minutes=59), now + timedelta(hours=4)
    assert comments.allowed(item, almost) == {CommentAction.PRIVATE_REPLY}
    assert comments.allowed(item, over) == set()
    assert "broadcast is over" in refused(lambda: comments.reply_privately(item, bo, "Hello", "key", over))


def test_nothing_is_possible_for_a_disconnected_account(said: Item, account: Account, now: datetime) -> None:
    account.state = AccountState.DISCONNECTED
    db.commit()
    assert comments.allowed(said, now) == set()


def test_the_limit_of_640_holds_for_comments_too(said: Item, bo: User, now: datetime) -> None:
    assert "641" in refused(lambda: comments.reply_publicly(said, bo, "x" * 641, "key", now))
    done(comments.reply_publicly(said, bo, "x" * 640, "key", now))


def test_someone_who_only_commented_cannot_be_written_to(said: Item, ana: Identity, bo: User, now: datetime) -> None:
    assert "has not sent a message" in refused(lambda: replies.reply(ana.customer, bo, "Hi", "key", now))
