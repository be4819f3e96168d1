"""What the processes of the routing benchmark do: apply messages, route, take what is asked."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from igapp import db, garbage, utc
from igapp.desk import arrivals, customers, offers, pending, routing, settings
from igapp.desk.refusal import Refused
from igapp.models import Account, Agent, Conversation, Item, ItemKind, Offer, OfferState, Status

BATCH = 100
CUSTOMERS = 500
BATCHES = 30
MOST = 100
"""Customers of one agent, at the most that the settings allow."""
TEXT = "Hello, I ordered a blue vase last week and nobody told me when it will be here. Can you help me? " * 6

Meet = Callable[[], object]


def applied(meet: Meet, platform_id: str) -> float:
    """Apply messages in batches, as a worker does without its JSON; returns how many in a second."""
    garbage.settle()
    for first in range(0, CUSTOMERS, BATCH):
        _apply(platform_id, range(first, first + BATCH))
    meet()
    began = time.perf_counter()
    for batch in range(BATCHES):
        first = batch * BATCH % CUSTOMERS
        _apply(platform_id, range(first, first + BATCH))
    return BATCHES * BATCH / (time.perf_counter() - began)


def _apply(platform_id: str, people: Iterable[int]) -> None:
    now = utc.now()
    account = db.session().scalars(sa.select(Account).where(Account.ig_user_id == platform_id)).one()
    known_as = [(account, f"95{one:012}") for one in people]
    customers.prefetch(known_as)
    messages = [_message(now) for _ in known_as]
    pending.prefetch((account.id, str(one.platform_id)) for one in messages)
    for (_, igsid), message in zip(known_as, messages, strict=True):
        arrivals.receive(customers.find_or_welcome(account, igsid, now), message, now)
    db.commit()


def _message(now: datetime) -> arrivals.Arrival:
    return arrivals.Arrival(ItemKind.MESSAGE, f"bench-{os.urandom(12).hex()}", now, TEXT)


def wait_in_line(platform_id: str, first: int, count: int) -> None:
    """Let so many new customers write."""
    for start in range(first, first + count, BATCH):
        _apply(platform_id, range(start, min(start + BATCH, first + count)))


def decisions(count: int) -> list[float]:
    """Offer one conversation after the other, taking each offer back; returns the milliseconds of each decision."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        is_given = routing.route(utc.now())
        db.commit()
        took.append((time.perf_counter() - began) * 1000)
        assert is_given, "nobody was free"
        offer = db.session().scalars(sa.select(Offer).where(Offer.state == OfferState.OFFERED)).one()
        offers.withdraw(offer.conversation, "", utc.now())
        db.commit()
    return took


def until_held(meet: Meet, job: str, count: int) -> float:
    """Do a job until so many are held; returns the seconds.

    Jobs are "route", "tick" as the clock does, and "take 0" and "answer 0": accept, at once or as people do, what one
    half of the agents is asked.
    """
    name, _, share = job.partition(" ")
    act, pause = _JOBS[name]
    meet()
    began = time.perf_counter()
    while not _are_held(count):
        act(*map(int, share))
        time.sleep(pause)
    return time.perf_counter() - began


def room_for(places: int) -> None:
    """Let each agent have so many customers."""
    boss = db.session().scalars(sa.select(Agent).limit(1)).one().user
    settings.change(boss, utc.now(), standard_capacity=places, maximum_capacity=places)
    db.commit()


def only(count: int) -> None:
    """Let so many agents alone be available, with room."""
    staff = db.session().scalars(sa.select(Agent.user_id).order_by(Agent.user_id)).all()
    db.change(sa.update(Agent).where(Agent.user_id.in_(staff[count:])).values(is_available=False))
    room_for(MOST)


def _route_all() -> None:
    while db.retrying(_route):
        pass


def _tick() -> None:
    """Sweep up what is over, and route, as the clock does each second."""
    for offer_id in offers.expired(utc.now()):
        offers.expire(offer_id, utc.now())
        db.commit()
    db.session().rollback()
    _route_all()


def _take_all(share: int) -> None:
    """Accept what one half of the agents is asked."""
    is_theirs = Offer.agent_id % 2 == share
    asked = db.session().scalars(sa.select(Offer.id).where(Offer.state == OfferState.OFFERED, is_theirs)).all()
    db.session().rollback()
    for offer_id in asked:
        with suppress(Refused):
            db.retrying(partial(_accept, offer_id))


def _route() -> bool:
    is_given = routing.route(utc.now(), routing.AT_ONCE)
    db.commit()
    return is_given


def _accept(offer_id: int) -> None:
    offer = db.session().get_one(Offer, offer_id, populate_existing=True)
    if offer.state == OfferState.OFFERED:
        offers.accept(offer, offer.agent, utc.now())
    db.commit()


_JOBS: dict[str, tuple[Callable[..., None], float]] = {
    "route": (_route_all, 0.01),
    "tick": (_tick, 1.0),
    "take": (_take_all, 0.01),
    "answer": (_take_all, 0.2),
}
"""What a process does again and again, and the seconds between."""


def _are_held(count: int) -> bool:
    held = db.session().scalar(sa.select(sa.func.count()).where(Conversation.status == Status.OPEN))
    db.session().rollback()
    return held is not None and held >= count


def inbound() -> set[str]:
    """Return the ids of all that customers sent."""
    return {str(one) for one in db.session().scalars(sa.select(Item.platform_id).where(Item.is_inbound))}
