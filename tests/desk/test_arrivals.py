"""What arrives, late, twice, or about something else (SPEC 2.3, 2.5, 7.5, GUARANTEES D1, D5)."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import arrivals, closing, conversations, customers, pending, timeline
from igapp.engines import MANY_ROWS
from igapp.models import (
    Account,
    Attachment,
    AttachmentKind,
    Identity,
    Item,
    ItemKind,
    MediaState,
    Status,
    User,
)
from tests.desk.acts import answer, done, echo, held
from tests.factories import conversation_of, make_identity, numbers, write
from tests.infra.hearing import hearing


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    return make_identity(account)


def texts(ana: Identity) -> list[str | None]:
    db.session().expire_all()
    return [item.text for item in timeline.page(ana.customer).items if item.kind != ItemKind.EVENT]


def message(at: datetime, text: str = "Hello", **values: object) -> arrivals.Arrival:
    return arrivals.Arrival(ItemKind.MESSAGE, f"mid-{next(numbers)}", at, text, **values)  # type: ignore[arg-type]


def test_g_d1_a_message_twice_is_one_item(ana: Identity, now: datetime) -> None:
    arrival = message(now)
    first = done(arrivals.receive(ana, arrival, now))
    assert done(arrivals.receive(ana, arrival, now)) is first


def test_g_d5_the_order_is_the_platforms_then_arrival(ana: Identity, now: datetime) -> None:
    for text, second in (("two", 2), ("three", 3), ("one", 1), ("also three", 3)):
        write(ana, text, at=now + utc.seconds(second), now=now + utc.seconds(9))
    assert texts(ana) == ["one", "two", "three", "also three"]


def test_g_d5_a_late_one_answered_since_waits_for_nothing(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, "Second", at=now, now=now)
    held(ana, bo, now)
    answer(ana, bo, now + utc.seconds(5))
    late = write(ana, "First", at=now - utc.seconds(5), now=now + utc.seconds(9))
    found = conversation_of(ana)
    assert (late.wants_answer, found.needs_attention, found.knocked_at) == (False, False, None)


def test_a_late_one_does_not_reopen_what_was_closed_after_it(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, "Second", at=now, now=now)
    done(closing.close(held(ana, bo, now), bo, now + utc.minutes(1)))
    write(ana, "First", at=now - utc.seconds(5), now=now + utc.minutes(2))
    assert conversation_of(ana).status == Status.CLOSED
    assert texts(ana) == ["First", "Second"]


def test_one_that_nobody_saw_before_closing_reopens(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, "First", at=now, now=now)
    done(closing.close(held(ana, bo, now), bo, now + utc.minutes(1)))
    write(ana, "Second", at=now + utc.seconds(30), now=now + utc.minutes(2))
    assert conversation_of(ana).status == Status.NEW


def test_a_time_far_ahead_of_ours_is_not_believed(ana: Identity, now: datetime) -> None:
    assert write(ana, at=now + utc.hours(3), now=now).at == now
    assert write(ana, at=now + utc.seconds(30), now=now).at == now + utc.seconds(30)


def test_an_answer_comes_after_everything_that_is_there(ana: Identity, bo: User, now: datetime) -> None:
    write(ana, at=now + utc.seconds(30), now=now)
    answer(ana, bo, now)
    assert not conversation_of(ana).needs_attention


def test_history_that_is_imported_starts_nothing(ana: Identity, now: datetime) -> None:
    for hour in range(3):
        at = now - utc.days(3) + utc.hours(hour)
        done(arrivals.receive(ana, message(at, f"Old {hour}", wants_answer=False, is_recovered=True), now))
        old = arrivals.Arrival(ItemKind.ECHO, f"old-{hour}", at, "Answered", wants_answer=False, is_recovered=True)
        done(arrivals.receive_echo(ana, old, now))
    found = conversation_of(ana)
    assert (found.status, found.open_sessions, found.due_at) == (Status.CLOSED, [], None)
    assert len(texts(ana)) == 6


def test_what_is_recovered_later_is_answered_like_any_other(ana: Identity, now: datetime) -> None:
    done(arrivals.receive(ana, message(now - utc.minutes(8), is_recovered=True), now))
    assert conversation_of(ana).status == Status.NEW
    assert conversation_of(ana).due_at == now + utc.minutes(52)


def test_imported_history_joins_what_is_open(ana: Identity, now: datetime) -> None:
    write(ana, "New", now=now)
    done(arrivals.receive(ana, message(now - utc.days(1), "Old", wants_answer=False), now))
    assert texts(ana) == ["Old", "New"]
    assert conversation_of(ana).due_at == now + utc.minutes(60)


def test_a_referral_joins_the_timeline_and_waits_for_nothing(ana: Identity, now: datetime) -> None:
    write(ana, "Hello", now=now)
    referral = arrivals.Arrival(ItemKind.REFERRAL, None, now, details={"ref": "ad"}, wants_answer=False)
    item = done(arrivals.receive(ana, referral, now))
    assert item.conversation_id == conversation_of(ana).id
    assert not item.wants_answer


def test_a_message_without_an_id_is_kept_each_time(ana: Identity, now: datetime) -> None:
    for _ in range(2):
        done(arrivals.receive(ana, arrivals.Arrival(ItemKind.POSTBACK, None, now, "Start"), now))
    assert texts(ana) == ["Start", "Start"]


@pytest.mark.parametrize(
    ("kind", "url", "state"),
    [
        (AttachmentKind.IMAGE, "https://x.fbcdn.net/i", MediaState.WAITING),
        (AttachmentKind.VIDEO, "https://x.fbcdn.net/v", MediaState.WAITING),
        (AttachmentKind.AUDIO, "https://x.fbcdn.net/a", MediaState.WAITING),
        (AttachmentKind.FILE, "https://x.fbcdn.net/f", MediaState.WAITING),
        (AttachmentKind.REEL, "https://www.instagram.com/reel/1", MediaState.LINKED),
        (AttachmentKind.STORY, "https://x.fbcdn.net/s", MediaState.LINKED),
        (AttachmentKind.IMAGE, None, MediaState.NONE),
    ],
)
def test_only_what_may_be_kept_is_fetched(
    ana: Identity, now: datetime, kind: AttachmentKind, url: str | None, state: MediaState
) -> None:
    arrived = arrivals.ArrivedAttachment(kind, str(kind), url)
    item = done(arrivals.receive(ana, message(now, attachments=(arrived,)), now))
    assert [one.state for one in item.attachments] == [state]


def test_a_story_expires_24_hours_after_it_was_mentioned(ana: Identity, now: datetime) -> None:
    story = arrivals.ArrivedAttachment(AttachmentKind.STORY, "story_mention", "https://x.fbcdn.net/s")
    arrival = arrivals.Arrival(ItemKind.STORY_MENTION, "mid", now - utc.hours(2), attachments=(story,))
    item = done(arrivals.receive(ana, arrival, now))
    assert item.attachments[0].expires_at == now + utc.hours(22)


def test_unsending_takes_the_content_and_leaves_time_and_sender(ana: Identity, now: datetime) -> None:
    picture = arrivals.ArrivedAttachment(AttachmentKind.IMAGE, "image", "https://x.fbcdn.net/i", "A couch")
    item = done(arrivals.receive(ana, message(now, "Secret", attachments=(picture,)), now))
    done(arrivals.receive_unsend(ana, str(item.platform_id), now + utc.seconds(5), now + utc.seconds(5)))
    attachment = db.session().scalars(sa.select(Attachment)).one()
    assert (item.text, item.details, item.at, item.is_deleted) == (None, {}, now, True)
    assert (attachment.url, attachment.title, attachment.state) == (None, None, MediaState.NONE)
    assert timeline.preview(item) == "Message was deleted"


def test_unsending_twice_and_editing_or_reacting_afterwards_change_nothing(ana: Identity, now: datetime) -> None:
    item = write(ana, "Secret", now=now)
    mid = str(item.platform_id)
    done(arrivals.receive_unsend(ana, mid, now + utc.seconds(5), now))
    done(arrivals.receive_unsend(ana, mid, now + utc.seconds(6), now))
    done(arrivals.receive_edit(ana, mid, "Secret again", now + utc.seconds(7), now, 1))
    done(arrivals.receive_reaction(ana, mid, "😂", now + utc.seconds(8), now))
    assert (item.deleted_at, item.text, item.reaction) == (now + utc.seconds(5), None, None)


def test_an_edit_keeps_the_earlier_text(ana: Identity, now: datetime) -> None:
    item = write(ana, "Bleu", now=now)
    mid = str(item.platform_id)
    done(arrivals.receive_edit(ana, mid, "Blue", now + utc.seconds(5), now, 1))
    done(arrivals.receive_edit(ana, mid, "Blue, please", now + utc.seconds(9), now, 2))
    assert item.text == "Blue, please"
    assert [one["text"] for one in item.edits or []] == ["Bleu", "Blue"]


def test_an_older_edit_that_comes_late_changes_nothing(ana: Identity, now: datetime) -> None:
    item = write(ana, "Bleu", now=now)
    mid = str(item.platform_id)
    done(arrivals.receive_edit(ana, mid, "Blue, please", now + utc.seconds(9), now, 2))
    done(arrivals.receive_edit(ana, mid, "Blue", now + utc.seconds(5), now, 1))
    assert item.text == "Blue, please"


def test_an_edit_neither_answers_nor_asks(ana: Identity, now: datetime) -> None:
    item = write(ana, "Bleu", now=now)
    due_at = conversation_of(ana).due_at
    done(arrivals.receive_edit(ana, str(item.platform_id), "Blue", now + utc.minutes(5), now, 1))
    assert conversation_of(ana).due_at == due_at


def test_a_batch_costs_a_constant_number_of_queries(account: Account, now: datetime) -> None:
    assert questions(account, 3 * MANY_ROWS, now) == questions(account, 9 * MANY_ROWS, now)


def questions(account: Account, count: int, now: datetime) -> int:
    """How often a batch of messages, half of them of known customers, asks the database; it writes row by row."""
    igsids = [f"77{next(numbers):012}" for _ in range(count)]
    for igsid in igsids[: count // 2]:
        write(customers.find_or_welcome(account, igsid, now), now=now)
    db.commit()
    statements: list[str] = []

    def note(statement: str, _parameters: object) -> None:
        statements.append(statement)

    with hearing(note):
        customers.prefetch((account, igsid) for igsid in igsids)
        batch = [(igsid, message(now + utc.seconds(1))) for igsid in igsids]
        pending.prefetch((account.id, str(arrival.platform_id)) for _, arrival in batch)
        for igsid, arrival in batch:
            arrivals.receive(customers.find_or_welcome(account, igsid, now), arrival, now + utc.seconds(1))
        db.commit()
    return len([one for one in statements if one.startswith("SELECT")])


def test_a_batch_reopens_what_was_closed_lately(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    done(closing.close(held(ana, bo, now), bo, now))
    before = conversation_of(ana).id
    customers.prefetch([(account, ana.igsid)])
    done(arrivals.receive(customers.find_or_welcome(account, ana.igsid, now), message(now + utc.minutes(1)), now))
    assert conversation_of(ana).id == before
    assert conversations.current(ana.customer) is conversation_of(ana)


def test_an_echo_and_a_message_in_one_batch_answer_each_other(account: Account, now: datetime) -> None:
    igsid = f"78{next(numbers):012}"
    customers.prefetch([(account, igsid)])
    identity = customers.find_or_welcome(account, igsid, now)
    arrivals.receive(identity, message(now), now)
    arrivals.receive_echo(identity, arrivals.Arrival(ItemKind.ECHO, "e1", now + utc.seconds(1), "Hi"), now)
    db.commit()
    assert conversation_of(identity).due_at is None
    echo(identity, now + utc.seconds(2))
    assert db.session().scalar(sa.select(sa.func.count()).select_from(Item)) == 3
