"""How sessions begin and end (SPEC 7.1 to 7.5)."""

from collections.abc import Callable
from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import arrivals, assignments, availability, closing, settings
from igapp.models import Account, Channel, Identity, ItemKind, Status, User
from tests.desk.acts import accept, answer, done, echo, events, hear, held, load, offered_to, session_of, sweep
from tests.factories import comment, conversation_of, make_agent, make_identity, route_all, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    """Bo's customer, who waits for an answer."""
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    return ana


def arrive(identity: Identity, kind: ItemKind, now: datetime, **values: object) -> None:
    done(arrivals.receive(identity, arrivals.Arrival(kind, f"mid-{kind}", now, **values), now))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind",
    [ItemKind.MESSAGE, ItemKind.STORY_MENTION, ItemKind.STORY_REPLY, ItemKind.POSTBACK, ItemKind.UNSUPPORTED],
)
def test_what_a_customer_sends_starts_a_session_and_the_sla(account: Account, kind: ItemKind, now: datetime) -> None:
    ana = make_identity(account)
    arrive(ana, kind, now)
    found = conversation_of(ana)
    assert [session.channel for session in found.open_sessions] == [Channel.DM]
    assert found.due_at == now + utc.minutes(60)


def test_a_top_level_comment_starts_a_session_of_its_own(account: Account) -> None:
    ana = make_identity(account)
    first, second = comment(ana), comment(ana)
    assert first.session_id != second.session_id
    assert session_of(first).channel == Channel.COMMENT


def test_a_referral_alone_starts_nothing(account: Account, now: datetime) -> None:
    ana = make_identity(account)
    arrive(ana, ItemKind.REFERRAL, now, wants_answer=False)
    found = conversation_of(ana)
    assert (found.open_sessions, found.status, found.due_at) == ([], Status.CLOSED, None)


def test_reactions_reads_edits_and_unsends_start_nothing(ana: Identity, bo: User, now: datetime) -> None:
    item = answer(ana, bo, now)
    done(closing.close(conversation_of(ana), bo, now))
    mid, later = str(item.platform_id), now + utc.seconds(5)
    changes: list[Callable[[], object]] = [
        lambda: arrivals.receive_reaction(ana, mid, "❤", later, later),
        lambda: arrivals.receive_read(ana, mid, later, later),
        lambda: arrivals.receive_edit(ana, "mid-unknown", "Hi", later, later, 1),
        lambda: arrivals.receive_unsend(ana, "mid-unknown", later, later),
    ]
    for change in changes:
        done(change())
    assert conversation_of(ana).status == Status.CLOSED


def test_a_second_message_continues_the_session(ana: Identity, now: datetime) -> None:
    write(ana, "And", now=now + utc.seconds(1))
    assert len(conversation_of(ana).open_sessions) == 1


def test_it_ends_when_the_customer_stays_silent_after_our_reply(ana: Identity, bo: User, now: datetime) -> None:
    replied = now + utc.minutes(2)
    answer(ana, bo, replied)
    sweep(replied + utc.minutes(15) - utc.seconds(1))
    assert conversation_of(ana).status == Status.OPEN
    sweep(replied + utc.minutes(15))
    assert conversation_of(ana).status == Status.WAITING


def test_the_limit_is_a_setting(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    done(settings.change(ada, now, same_agent_minutes=5))
    answer(ana, bo, now)
    sweep(now + utc.minutes(5))
    assert conversation_of(ana).status == Status.WAITING


def test_an_unanswered_message_never_ends_by_itself(ana: Identity, bo: User, now: datetime) -> None:
    for hour in range(0, 30, 5):
        hear(now + utc.hours(hour), bo)
        sweep(now + utc.hours(hour))
    assert conversation_of(ana).status == Status.OPEN


def test_a_message_after_the_reply_stops_the_silence(ana: Identity, bo: User, now: datetime) -> None:
    answer(ana, bo, now)
    write(ana, "Thanks, and", now=now + utc.minutes(10))
    hear(now + utc.minutes(20), bo)
    sweep(now + utc.minutes(20))
    assert conversation_of(ana).status == Status.OPEN


def test_silence_leaves_it_waiting_with_its_agent_and_frees_the_place(ana: Identity, bo: User, now: datetime) -> None:
    answer(ana, bo, now)
    sweep(now + utc.minutes(15))
    found = conversation_of(ana)
    assert (found.status, found.agent_id, load(bo)) == (Status.WAITING, bo.id, 0)
    assert events(ana)[-1] == "Session ended: the customer did not reply in time"


def test_silence_counts_only_while_an_agent_holds_it(account: Account, now: datetime) -> None:
    ana = make_identity(account)
    echo(ana, now)
    sweep(now + utc.minutes(20))
    assert conversation_of(ana).status == Status.NEW
    later = now + utc.minutes(20)
    bo = make_agent("Bo", later)
    route_all(later)
    accept(bo, later)
    sweep(later + utc.minutes(14))
    assert conversation_of(ana).status == Status.OPEN
    hear(later + utc.minutes(15), bo)
    sweep(later + utc.minutes(15))
    assert conversation_of(ana).status == Status.WAITING


def test_silence_does_not_count_in_the_queue_it_was_returned_to(
    ana: Identity, bo: User, mia: User, now: datetime
) -> None:
    answer(ana, bo, now)
    done(assignments.to_inbox(conversation_of(ana), conversation_of(ana).inbox, mia, now + utc.minutes(1)))
    assert [session.ends_at for session in conversation_of(ana).open_sessions] == [None]


def test_a_session_in_which_the_customer_may_still_answer_is_not_ended(ana: Identity, bo: User, now: datetime) -> None:
    session = session_of(write(ana, "One more thing", now=now))
    answer(ana, bo, now)
    assert not done(closing.end_silent(session.id, now + utc.minutes(14)))
    assert session.is_open


def test_a_comments_session_never_ends_by_silence(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    comment(ana)
    held(ana, bo, now)
    for hour in range(0, 30, 5):
        hear(now + utc.hours(hour), bo)
        sweep(now + utc.hours(hour))
    assert conversation_of(ana).status == Status.OPEN


def test_while_another_session_is_open_the_conversation_stays_open(ana: Identity, bo: User, now: datetime) -> None:
    comment(ana)
    answer(ana, bo, now)
    hear(now + utc.minutes(15), bo)
    sweep(now + utc.minutes(15))
    assert conversation_of(ana).status == Status.OPEN
    assert load(bo) == 1


def test_a_message_after_silence_starts_a_session_and_is_routed(ana: Identity, bo: User, now: datetime) -> None:
    answer(ana, bo, now)
    later = now + utc.minutes(16)
    sweep(later)
    hear(later, bo)
    write(ana, "Hello again", now=later)
    found = conversation_of(ana)
    assert (found.status, found.agent_id, len(found.open_sessions)) == (Status.NEW, None, 1)
    route_all(later)
    assert offered_to(ana) == bo.id


def test_closing_ends_every_session(ana: Identity, bo: User, now: datetime) -> None:
    said = comment(ana)
    done(closing.close(conversation_of(ana), bo, now))
    assert conversation_of(ana).open_sessions == []
    assert session_of(said).end_reason == "closed"


def test_an_unsent_only_message_lets_the_held_session_end_by_silence(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    item = write(ana, now=now)
    held(ana, bo, now)
    done(arrivals.receive_unsend(ana, str(item.platform_id), now, now))
    assert conversation_of(ana).status == Status.OPEN
    sweep(now + utc.minutes(15))
    assert conversation_of(ana).status == Status.WAITING


def test_a_pending_presence_does_not_matter_to_silence(ana: Identity, bo: User, now: datetime) -> None:
    answer(ana, bo, now)
    done(availability.signed_out(bo, now))
    sweep(now + utc.minutes(15))
    assert conversation_of(ana).agent_id == bo.id
    db.commit()
