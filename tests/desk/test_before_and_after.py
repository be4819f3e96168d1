"""A change that comes before its message takes effect when that comes; in any order the end is the same (D6)."""

from collections.abc import Callable
from datetime import datetime
from itertools import permutations

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import arrivals, customers, pending, replies, sends
from igapp.models import Account, Identity, Item, ItemKind, PendingChange, User
from tests.desk.acts import done
from tests.factories import conversation_of, make_identity, write

Step = Callable[[Identity, datetime], object]


def message(identity: Identity, now: datetime) -> object:
    return arrivals.receive(identity, arrivals.Arrival(ItemKind.MESSAGE, "m1", now, "Bleu"), now + utc.seconds(60))


def echoed(identity: Identity, now: datetime) -> object:
    return arrivals.receive_echo(identity, arrivals.Arrival(ItemKind.ECHO, "m1", now, "Bleu"), now + utc.seconds(60))


def first_edit(identity: Identity, now: datetime) -> object:
    return arrivals.receive_edit(identity, "m1", "Blue", now + utc.seconds(1), now, 1)


def second_edit(identity: Identity, now: datetime) -> object:
    return arrivals.receive_edit(identity, "m1", "Blue, please", now + utc.seconds(2), now, 2)


def unsend(identity: Identity, now: datetime) -> object:
    return arrivals.receive_unsend(identity, "m1", now + utc.seconds(3), now)


def laugh(identity: Identity, now: datetime) -> object:
    return arrivals.receive_reaction(identity, "m1", "😂", now + utc.seconds(1), now)


def love(identity: Identity, now: datetime) -> object:
    return arrivals.receive_reaction(identity, "m1", "❤", now + utc.seconds(2), now)


def calm(identity: Identity, now: datetime) -> object:
    return arrivals.receive_reaction(identity, "m1", None, now + utc.seconds(3), now)


def read(identity: Identity, now: datetime) -> object:
    return arrivals.receive_read(identity, "m1", now + utc.seconds(4), now)


def end(identity: Identity) -> dict[str, object]:
    db.session().expire_all()
    item = db.session().scalars(sa.select(Item).where(Item.platform_id == "m1")).one()
    found = conversation_of(identity)
    waiting = db.session().scalar(sa.select(sa.func.count()).select_from(PendingChange))
    return {
        "text": item.text,
        "reaction": item.reaction,
        "deleted_at": item.deleted_at,
        "seen_at": item.seen_at,
        "due_at": found.due_at,
        "pending": waiting,
    }


@pytest.mark.parametrize(
    "story",
    [
        (message, first_edit, second_edit),
        (message, first_edit, unsend),
        (message, laugh, love, calm),
        (message, love, unsend),
        (echoed, love, read),
        (echoed, laugh, love),
        (echoed, unsend),
    ],
    ids=lambda story: "-".join(step.__name__ for step in story),
)
def test_g_d6_in_any_order_the_end_is_the_same(account: Account, now: datetime, story: tuple[Step, ...]) -> None:
    ends = []
    for order in permutations(story):
        identity = make_identity(account)
        for step in order:
            done(step(identity, now))
        ends.append(end(identity))
        db.session().execute(sa.update(Item).values(platform_id=None))
        db.commit()
    assert all(one == ends[0] for one in ends)
    assert ends[0]["pending"] == 0


def test_g_d6_edits_without_a_number_count_by_their_times(account: Account, now: datetime) -> None:
    ana = make_identity(account)
    arrivals.receive_edit(ana, "m1", "Blue, please", now + utc.seconds(2), now, None)
    arrivals.receive_edit(ana, "m1", "Blue", now + utc.seconds(1), now, None)
    db.commit()
    done(message(ana, now))
    assert end(ana)["text"] == "Blue, please"


def test_g_d6_what_an_unsent_message_carried_goes_too(account: Account, now: datetime) -> None:
    ana = make_identity(account)
    details = {"payload": "COUCH", "title": "The green one"}
    arrivals.receive(ana, arrivals.Arrival(ItemKind.POSTBACK, "m1", now, "The green one", details), now)
    unsend(ana, now)
    db.commit()
    item = db.session().scalars(sa.select(Item).where(Item.platform_id == "m1")).one()
    assert (item.text, item.details) == (None, {})


def test_a_change_may_come_before_its_customer_is_known(account: Account, now: datetime) -> None:
    stranger = Identity(account_id=account.id, igsid="910")
    assert not done(arrivals.receive_reaction(stranger, "m1", "❤", now, now))
    ana = make_identity(account)
    done(message(ana, now))
    assert end(ana)["reaction"] == "❤"


def test_a_read_of_someone_unknown_marks_nothing(account: Account, bo: User, now: datetime) -> None:
    done(arrivals.receive_read(Identity(account_id=account.id, igsid="910"), None, now, now))
    assert db.session().scalar(sa.select(sa.func.count()).select_from(Item).where(Item.seen_at.is_not(None))) == 0


def test_a_reaction_to_our_reply_may_come_before_the_answer_of_instagram(
    account: Account, bo: User, now: datetime
) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    item = done(replies.reply(ana.customer, bo, "Hi", "key", now))
    assert item.send is not None
    done(sends.claim(item.send.id, "worker", now))
    done(arrivals.receive_reaction(ana, "ours", "❤", now, now))
    done(sends.record_sent(item.send, "ours", now))
    assert item.reaction == "❤"


@pytest.mark.parametrize("first", ["message", "change"])
def test_g_d6_a_strangers_first_message_and_its_unsend_may_come_in_one_batch(
    account: Account, now: datetime, first: str
) -> None:
    customers.prefetch([(account, "a stranger")])
    pending.prefetch([(account.id, "m1")])
    stranger = customers.find_or_welcome(account, "a stranger", now)
    for step in (message, unsend) if first == "message" else (unsend, message):
        step(stranger, now)
    db.commit()
    item = db.session().scalars(sa.select(Item).where(Item.platform_id == "m1")).one()
    assert (item.text, item.deleted_at is not None) == (None, True)
    assert db.session().scalar(sa.select(sa.func.count()).select_from(PendingChange)) == 0
