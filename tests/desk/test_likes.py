"""Likes in both directions (SPEC 8)."""

from datetime import datetime
from functools import partial

import pytest

from igapp import utc
from igapp.desk import arrivals, likes, sends
from igapp.models import Account, AttachmentKind, Identity, Item, ItemKind, MediaState, Send, SendState, User
from tests.desk.acts import answer, done, echo, refused
from tests.factories import comment, make_identity, write


@pytest.fixture
def ana(account: Account, bo: User) -> Identity:
    return make_identity(account)


def take(send: Send, now: datetime) -> None:
    done(sends.claim(send.id, "worker", now))
    done(sends.record_sent(send, None, now))


def mention(ana: Identity, at: datetime, now: datetime) -> Item:
    story = arrivals.ArrivedAttachment(AttachmentKind.STORY, "story_mention", "https://lookaside.fbsbx.com/s")
    arrival = arrivals.Arrival(ItemKind.STORY_MENTION, "mid-story", at, attachments=(story,))
    return done(arrivals.receive(ana, arrival, now))


def test_a_like_shows_once_instagram_took_it(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    send = done(likes.like(item, bo, now))
    assert item.liked_at is None
    take(send, now)
    assert item.liked_at == now


def test_a_story_mention_can_be_liked(ana: Identity, bo: User, now: datetime) -> None:
    assert done(likes.like(mention(ana, now, now), bo, now)).state == SendState.QUEUED


def test_a_double_click_likes_once(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    assert done(likes.like(item, bo, now)) is done(likes.like(item, bo, now))


def test_what_is_liked_cannot_be_liked_again(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    take(done(likes.like(item, bo, now)), now)
    assert "liked already" in refused(lambda: likes.like(item, bo, now))


def test_the_like_can_be_taken_back_and_given_again(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    take(done(likes.like(item, bo, now)), now)
    take(done(likes.unlike(item, bo, now)), now)
    assert item.liked_at is None
    take(done(likes.like(item, bo, now)), now)
    assert item.liked_at is not None


def test_liking_what_was_deleted_is_an_error_in_words(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    done(arrivals.receive_unsend(ana, str(item.platform_id), now, now))
    assert "was deleted" in refused(lambda: likes.like(item, bo, now))
    assert not likes.may_like(item, now)


def test_liking_an_expired_story_is_an_error_in_words(ana: Identity, bo: User, now: datetime) -> None:
    item = mention(ana, now, now)
    assert "no longer available" in refused(lambda: likes.like(item, bo, now + utc.hours(24)))


def test_a_mention_that_came_expired_is_there_all_the_same(ana: Identity, now: datetime) -> None:
    item = mention(ana, now - utc.hours(25), now)
    assert item.wants_answer
    assert [one.state for one in item.attachments] == [MediaState.EXPIRED]


def test_nothing_is_liked_when_no_reply_is_possible_any_more(ana: Identity, bo: User, now: datetime) -> None:
    item = write(ana, now=now)
    assert not likes.may_like(item, now + utc.days(7))
    assert refused(lambda: likes.like(item, bo, now + utc.days(7)))


def test_comments_and_our_own_messages_are_not_liked(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, now=now)
    said, ours = comment(ana), answer(ana, bo, now)
    for item in (said, ours):
        assert not likes.may_like(item, now)
        assert refused(partial(likes.like, item, bo, now))


def test_any_emoji_of_the_customer_is_kept_and_replaced_and_removed(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, now=now)
    ours = answer(ana, bo, now)
    for second, emoji in enumerate(("😂", "❤", None), start=1):
        at = now + utc.seconds(second)
        done(arrivals.receive_reaction(ana, str(ours.platform_id), emoji, at, at))
        assert ours.reaction == emoji


def test_an_older_reaction_that_comes_late_changes_nothing(ana: Identity, now: datetime) -> None:
    ours = echo(ana, now)
    assert ours is not None
    mid = str(ours.platform_id)
    done(arrivals.receive_reaction(ana, mid, None, now + utc.seconds(5), now))
    done(arrivals.receive_reaction(ana, mid, "😂", now + utc.seconds(3), now))
    assert ours.reaction is None
