"""What the clock does at the desk by itself: a sweep puts right whatever nobody rang for (SPEC 5.6, 5.8, 5.12, 7.1)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import clock, db, utc
from igapp.desk import settings
from igapp.models import Account, Agent, MessagingSession, Offer, Presence, Status, User
from tests.desk.acts import agent_row, answer, decline, done, held, offered_to
from tests.factories import conversation_of, make_identity, route_all, write


def sweep(*duties: str) -> None:
    db.session().rollback()
    assert clock.once(duties)
    db.session().expire_all()


def test_an_agent_who_is_gone_loses_the_customers_who_wait(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    done(db.change(sa.update(Presence).values(seen_at=now - utc.minutes(16))))
    sweep("offers")
    assert conversation_of(ana).agent_id is None


def test_a_pause_ends_by_itself_where_it_is_set_to(account: Account, bo: User, ada: User, now: datetime) -> None:
    done(settings.change(ada, now, next_delay_seconds=10))
    ana = make_identity(account)
    write(ana, now=now)
    route_all(now)
    decline(bo, now)
    done(db.change(sa.update(Agent).values(paused_at=now - utc.seconds(11))))
    sweep("offers")
    assert agent_row(bo).paused_at is None
    assert offered_to(ana) == bo.id


def test_a_customer_who_fell_silent_frees_the_place(account: Account, bo: User, now: datetime) -> None:
    ana = make_identity(account)
    write(ana, now=now)
    held(ana, bo, now)
    answer(ana, bo, now)
    done(db.change(sa.update(MessagingSession).values(ends_at=now - utc.seconds(1))))
    sweep("sessions")
    assert conversation_of(ana).status == Status.WAITING


def test_every_offer_that_is_over_is_sent_on_in_one_sweep(account: Account, bo: User, cy: User, now: datetime) -> None:
    for _ in range(2):
        write(make_identity(account), now=now)
    assert route_all(now) == 2
    done(db.change(sa.update(Offer).values(expires_at=now - utc.seconds(1))))
    sweep("offers")
    states = db.session().scalars(sa.select(Offer.state).order_by(Offer.id)).all()
    assert [str(state) for state in states] == ["missed", "missed"]
