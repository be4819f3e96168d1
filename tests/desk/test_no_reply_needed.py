"""No Reply Needed, and taking it back (SPEC 11.3)."""

from datetime import datetime

import pytest

from igapp import utc
from igapp.desk import arrivals, closing, comments, notes, replies, routing, timeline
from igapp.models import Account, Channel, Identity, Item, ItemKind, Status, User
from tests.desk.acts import accept, answer, done, events, held, load, offered_to, refused, send_out, session_of
from tests.factories import comment, conversation_of, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """Bo's customer, who waits for an answer."""
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    return ana


def mark(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.no_reply_needed(conversation_of(ana), bo, now))


def undo(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.undo_no_reply_needed(conversation_of(ana), bo, now))


def test_it_ends_the_session_and_the_due_time(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    found = conversation_of(ana)
    assert (found.status, found.due_at, found.needs_attention, load(bo)) == (Status.WAITING, None, False, 0)
    assert events(ana)[-1] == "Marked as No Reply Needed by Bo"


def test_with_another_session_open_the_conversation_stays_open(ana: Identity, bo: User, now: datetime) -> None:
    comment(ana)
    mark(ana, bo, now)
    assert conversation_of(ana).status == Status.OPEN
    assert load(bo) == 1


def test_the_button_is_about_the_session_of_the_last_item(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana, at=now + utc.seconds(5))
    assert closing.last_unanswered(conversation_of(ana)) is said.session
    mark(ana, bo, now)
    assert [one.channel for one in conversation_of(ana).open_sessions] == [Channel.DM]


def test_the_button_is_there_while_the_last_item_is_an_unanswered_inbound(
    ana: Identity, bo: User, now: datetime
) -> None:
    assert closing.last_unanswered(conversation_of(ana)) is not None
    done(replies.reply(ana.customer, bo, "Hi", "key", now + utc.seconds(1)))
    assert closing.last_unanswered(conversation_of(ana)) is None


def test_a_note_does_not_take_the_button_away(ana: Identity, bo: User, now: datetime) -> None:
    done(notes.write(ana.customer, bo, "Hm", "key", now + utc.seconds(1)))
    assert closing.last_unanswered(conversation_of(ana)) is not None


def test_an_automatic_reply_does_not_take_the_button_away(ana: Identity, now: datetime) -> None:
    said = comment(ana, at=now - utc.minutes(1))
    item = Item(kind=ItemKind.AUTO_REPLY, at=now + utc.seconds(1), arrived_at=now, text="We are asleep.")
    done(timeline.add(conversation_of(ana), item))
    found = closing.last_unanswered(conversation_of(ana))
    assert found is not None
    assert found is not said.session


def test_what_was_taken_back_last_does_not_take_the_button_away(ana: Identity, now: datetime) -> None:
    said = write(ana, "Oh", now=now + utc.seconds(1))
    done(arrivals.receive_unsend(ana, said.platform_id or "", now, now))
    assert closing.last_unanswered(conversation_of(ana)) is not None


def test_on_an_item_it_is_about_that_items_session(ana: Identity, bo: User, now: datetime) -> None:
    first, second = comment(ana, at=now), comment(ana, at=now)
    done(closing.no_reply_needed(conversation_of(ana), bo, now, first.session))
    assert not session_of(first).is_open
    assert session_of(second).is_open


def test_what_is_answered_or_over_cannot_be_marked(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana, at=now)
    done(closing.no_reply_needed(conversation_of(ana), bo, now, said.session))
    sentence = refused(lambda: closing.no_reply_needed(conversation_of(ana), bo, now, said.session))
    assert sentence == "Nothing here waits for a reply."
    answer(ana, bo, now)
    assert refused(lambda: closing.no_reply_needed(conversation_of(ana), bo, now))


def test_a_message_after_it_is_new_work(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    write(ana, "Still there?", now=now + utc.seconds(30))
    assert conversation_of(ana).status == Status.NEW
    route_all(now)
    assert offered_to(ana) == bo.id


def test_a_late_message_from_before_it_opens_nothing(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    write(ana, "I was first", at=now - utc.minutes(2), now=now + utc.seconds(3))
    assert conversation_of(ana).status == Status.WAITING


def test_undo_within_10_seconds_brings_everything_back(ana: Identity, bo: User, now: datetime) -> None:
    due_at = conversation_of(ana).due_at
    mark(ana, bo, now)
    undo(ana, bo, now + utc.seconds(9))
    found = conversation_of(ana)
    assert (found.status, found.due_at, found.agent_id, load(bo)) == (Status.OPEN, due_at, bo.id, 1)
    assert events(ana)[-1] == "No Reply Needed undone by Bo"


def test_after_10_seconds_it_is_too_late(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    assert closing.undoable(conversation_of(ana), now + utc.seconds(10)) is None
    assert "too late" in refused(lambda: undo(ana, bo, now + utc.seconds(10)))


def test_undo_is_refused_when_the_place_is_taken_and_the_maximum_reached(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    for _ in range(4):
        write(make_identity(account), now=now)
        done(routing.next_for(bo, now))
    mark(ana, bo, now)
    write(make_identity(account), now=now)
    done(routing.next_for(bo, now))
    sentence = refused(lambda: undo(ana, bo, now + utc.seconds(5)))
    assert sentence == "The place was taken meanwhile: 5 of 5 customers. Close one first."
    assert load(bo) == 5
    assert conversation_of(ana).status == Status.WAITING


def test_undo_above_the_standard_but_below_the_maximum_is_fine(
    ana: Identity, account: Account, bo: User, now: datetime
) -> None:
    mark(ana, bo, now)
    for _ in range(3):
        write(make_identity(account), now=now)
        route_all(now)
        accept(bo, now)
    undo(ana, bo, now + utc.seconds(5))
    assert load(bo) == 4


def test_undo_is_refused_when_the_customer_wrote_again(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    write(ana, "Still there?", now=now + utc.seconds(2))
    assert "wrote again" in refused(lambda: undo(ana, bo, now + utc.seconds(5)))


def test_undo_is_refused_when_it_was_answered_meanwhile(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    answer(ana, bo, now + utc.seconds(2))
    assert "answered meanwhile" in refused(lambda: undo(ana, bo, now + utc.seconds(5)))
    assert conversation_of(ana).due_at is None


def test_undo_for_a_comment_is_refused_when_that_was_answered_meanwhile(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana, at=now)
    done(closing.no_reply_needed(conversation_of(ana), bo, now, said.session))
    send_out(done(comments.reply_publicly(said, bo, "Thanks", "key", now + utc.seconds(2))), now + utc.seconds(2))
    assert "answered meanwhile" in refused(lambda: undo(ana, bo, now + utc.seconds(5)))


def test_undo_is_refused_when_it_was_closed_meanwhile(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    done(closing.close(conversation_of(ana), bo, now))
    assert "too late" in refused(lambda: undo(ana, bo, now + utc.seconds(5)))


def test_undo_in_an_unassigned_conversation_lets_it_be_routed_again(
    account: Account, bo: User, mia: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    mark(ana, mia, now)
    undo(ana, mia, now + utc.seconds(1))
    assert conversation_of(ana).status == Status.NEW
    route_all(now)
    assert offered_to(ana) == bo.id


def test_undo_lets_a_late_message_wait_again_too(ana: Identity, bo: User, now: datetime) -> None:
    mark(ana, bo, now)
    undo(ana, bo, now + utc.seconds(1))
    late = write(ana, "A late second", at=now, now=now + utc.seconds(3))
    assert late.wants_answer


def test_undo_for_a_comment_changes_nothing_about_direct_messages(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana, at=now)
    answer(ana, bo, now)
    before = ana.answered_at
    done(closing.no_reply_needed(conversation_of(ana), bo, now, said.session))
    undo(ana, bo, now + utc.seconds(1))
    assert ana.answered_at == before
    assert session_of(said).is_open
