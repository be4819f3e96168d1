"""A process that is killed in the middle leaves nothing forgotten and nothing half done (SPEC 5.12, GUARANTEES L2)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import offers, routing
from igapp.models import Agent, Conversation, Offer, OfferState
from tests.concurrency import work
from tests.concurrency.crowd import SECONDS, alone
from tests.desk.acts import hear
from tests.desk.random import invariants
from tests.factories import make_account, make_agent, make_identity, route_all, write

pytestmark = pytest.mark.concurrency
Environment = dict[str, str]


def killed(environment: Environment, act: Callable[..., None], *arguments: object) -> None:
    """Let a process get half-way, then kill it as the kernel does."""
    process, ready = alone(environment, act, *arguments)
    assert ready.wait(SECONDS)
    process.kill()
    process.join(SECONDS)


def test_a_worker_killed_before_its_commit_leaves_the_message_to_the_next(
    environment: Environment, db_session: Session
) -> None:
    now, account_id = utc.now(), make_account().id
    db.commit()
    killed(environment, work.half_a_message, account_id, "910000000001", now)
    assert work.count_items("mid-killed") == 0
    db.session().rollback()
    work.receive(account_id, "910000000001", "mid-killed", now)
    assert work.count_items("mid-killed") == 1
    invariants.hold({"mid-killed"})


def test_a_clock_killed_in_its_sweep_leaves_the_rest_to_the_next_sweep(
    environment: Environment, db_session: Session
) -> None:
    now, account = utc.now(), make_account()
    agents = [make_agent(f"Agent {number}", now) for number in range(4)]
    mids = {str(write(make_identity(account), now=now).platform_id) for _ in agents}
    assert route_all(now) == 4
    later = now + utc.seconds(31)
    killed(environment, work.half_a_sweep, later)
    assert db.session().scalar(_pending()) == 3
    invariants.hold(mids)
    hear(later, *agents)
    for offer_id in offers.expired(later):
        offers.expire(offer_id, later)
        db.commit()
    assert db.session().scalar(_pending()) == 0
    assert set(db.session().scalars(sa.select(Agent.load))) == {0}
    invariants.hold(mids)


def test_a_router_killed_before_its_commit_has_offered_nothing(environment: Environment, db_session: Session) -> None:
    now, account = utc.now(), make_account()
    make_agent("Bo", now)
    mid = str(write(make_identity(account), now=now).platform_id)
    db.commit()
    killed(environment, work.half_a_routing, now)
    assert db.session().scalar(_pending()) == 0
    assert db.session().scalar(sa.select(Conversation.offered_to_id)) is None
    db.session().rollback()
    assert routing.route(now)
    db.commit()
    assert db.session().scalar(_pending()) == 1
    invariants.hold({mid})


def _pending() -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(Offer).where(Offer.state == OfferState.OFFERED)
