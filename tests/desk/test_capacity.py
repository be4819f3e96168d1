"""How many customers an agent is given (SPEC 5.2, GUARANTEES R2)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import capacity, closing, routing, settings
from igapp.models import Account, Agent, Conversation, User
from tests.desk.acts import accept, agent_row, answer, done, held, load, offer_of, sweep
from tests.factories import comment, conversation_of, make_identity, route_all, write


def give(bo: User, account: Account, count: int, now: datetime) -> list[int]:
    """So many customers write, are offered and accepted."""
    taken = []
    for number in range(count):
        write(make_identity(account, f"Customer {number}"), now=now)
        route_all(now)
        taken.append(accept(bo, now).id)
    return taken


def test_no_more_than_the_standard_is_given_automatically(account: Account, bo: User, now: datetime) -> None:
    give(bo, account, 3, now)
    write(make_identity(account), now=now)
    assert route_all(now) == 0
    assert load(bo) == 3


def test_a_pending_offer_counts(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    route_all(now)
    assert load(bo) == 1


def test_a_comment_and_a_message_of_one_customer_are_one_place(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    comment(ana)
    db.commit()
    assert load(bo) == 1
    assert conversation_of(ana).agent_id == bo.id
    assert route_all(now) == 0


def test_the_place_is_free_when_the_last_open_session_ends(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    spoken = comment(ana)
    conversation = held(ana, bo, now)
    done(closing.no_reply_needed(conversation, bo, now, spoken.session))
    assert load(bo) == 1
    done(closing.no_reply_needed(conversation, bo, now))
    assert load(bo) == 0


def test_silence_frees_the_place(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    answer(ana, bo, now)
    sweep(now + utc.minutes(15))
    assert load(bo) == 0


def test_a_place_that_becomes_free_is_filled(account: Account, bo: User, now: datetime) -> None:
    first, *_ = give(bo, account, 3, now)
    write(make_identity(account), now=now)
    done(closing.close(db.session().get_one(Conversation, first), bo, now))
    assert route_all(now) == 1


def test_a_lowered_capacity_ends_nothing(account: Account, bo: User, ada: User, now: datetime) -> None:
    give(bo, account, 3, now)
    done(settings.change(ada, now, standard_capacity=1, maximum_capacity=1))
    assert load(bo) == 3
    write(make_identity(account), now=now)
    assert route_all(now) == 0
    assert "3 of 1" in routing.next_for(bo, now)[1]


def test_a_raised_capacity_is_filled_at_once(account: Account, bo: User, ada: User, now: datetime) -> None:
    give(bo, account, 3, now)
    write(make_identity(account), now=now)
    done(settings.change(ada, now, standard_capacity=4))
    assert route_all(now) == 1


def test_the_recount_finds_nothing_when_all_is_right(account: Account, bo: User, now: datetime) -> None:
    give(bo, account, 2, now)
    write(make_identity(account), now=now)
    route_all(now)
    assert capacity.recount() == {}


def test_the_recount_puts_right_and_reports_what_is_wrong(account: Account, bo: User, now: datetime) -> None:
    give(bo, account, 2, now)
    db.session().execute(sa.update(Agent).values(load=5, is_offered=True))
    assert done(capacity.recount()) == {bo.id: (5, 2)}
    assert (load(bo), agent_row(bo).is_offered) == (2, False)


def test_an_agent_has_one_pending_offer_at_a_time(account: Account, bo: User, now: datetime) -> None:
    write(make_identity(account), now=now)
    write(make_identity(account), now=now)
    assert route_all(now) == 1
    assert offer_of(bo, now) is not None
