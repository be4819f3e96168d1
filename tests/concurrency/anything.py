"""A busy desk: whatever its verbs can do, at random, for some seconds."""

import random
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import (
    arrivals,
    assignments,
    availability,
    closing,
    customers,
    merging,
    offers,
    replies,
    routing,
    sends,
)
from igapp.models import (
    Conversation,
    Customer,
    Identity,
    ItemKind,
    Offer,
    OfferState,
    Send,
    SendState,
    Status,
    User,
)
from tests.concurrency.work import Meet, tried


def anything(meet: Meet, seed: int, seconds: float, now: datetime) -> dict[str, int]:
    """Do whatever a busy desk does, at random, for so long; returns how often each was tried."""
    chance, done = random.Random(seed), dict[str, int]()
    ids = {model: _ids(model) for model in (User, Identity)}
    meet()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name = chance.choice(list(ACTS))
        tried(partial(ACTS[name], chance, ids, now))
        done[name] = done.get(name, 0) + 1
    return done


def _ids(model: Any) -> list[int]:
    found = list(db.session().scalars(sa.select(model.id).order_by(model.id)))
    db.session().rollback()
    return found


def _any(chance: random.Random, wanted: sa.Select[Any]) -> Any:
    rows = db.session().scalars(wanted.limit(50)).all()
    return chance.choice(rows) if rows else None


def _user(chance: random.Random, ids: Any) -> User:
    return db.session().get_one(User, chance.choice(ids[User]))


def _write(chance: random.Random, ids: Any, now: datetime) -> None:
    known = db.session().get_one(Identity, chance.choice(ids[Identity]))
    identity = customers.find_or_welcome(known.account, known.igsid, now)
    mid = f"mid-{chance.getrandbits(64)}"
    arrivals.receive(identity, arrivals.Arrival(ItemKind.MESSAGE, mid, utc.now(), "Hello"), now)


def _settle(chance: random.Random, ids: Any, now: datetime) -> None:
    offer = _any(chance, sa.select(Offer).where(Offer.state == OfferState.OFFERED))
    if offer is None:
        return
    if chance.random() < 0.6:
        offers.accept(offer, offer.agent, now)
    else:
        offers.decline(offer, offer.agent, now)


def _close(chance: random.Random, ids: Any, now: datetime) -> None:
    found = _any(chance, sa.select(Conversation).where(Conversation.status == Status.OPEN))
    if found is not None:
        closing.close(found, _user(chance, ids), now)


def _set_aside(chance: random.Random, ids: Any, now: datetime) -> None:
    found = _any(chance, sa.select(Conversation).where(Conversation.status != Status.CLOSED))
    if found is not None:
        closing.no_reply_needed(found, _user(chance, ids), now)


def _press(chance: random.Random, ids: Any, now: datetime) -> None:
    routing.next_for(_user(chance, ids), now)


def _reply(chance: random.Random, ids: Any, now: datetime) -> None:
    customer = _any(chance, sa.select(Customer).where(Customer.merged_into_id.is_(None)))
    replies.reply(customer, _user(chance, ids), "Hi", f"key-{chance.getrandbits(64)}", now)


def _deliver(chance: random.Random, ids: Any, now: datetime) -> None:
    send = _any(chance, sa.select(Send).where(Send.state == SendState.QUEUED))
    if send is not None and sends.claim(send.id, "worker", utc.now()) is not None:
        sends.record_sent(send, f"ours-{send.id}", now)


def _switch(chance: random.Random, ids: Any, now: datetime) -> None:
    availability.switch(_user(chance, ids), chance.random() < 0.8, now)


def _assign(chance: random.Random, ids: Any, now: datetime) -> None:
    found = _any(chance, sa.select(Conversation).where(Conversation.status != Status.CLOSED))
    if found is not None:
        assignments.to_agent(found, _user(chance, ids), _user(chance, ids), now)


def _merge(chance: random.Random, ids: Any, now: datetime) -> None:
    if chance.random() < 0.1:
        both = [_any(chance, sa.select(Customer).where(Customer.merged_into_id.is_(None))) for _ in range(2)]
        merging.merge(both[0], both[1], _user(chance, ids), now)


def _route(_chance: random.Random, _ids: Any, now: datetime) -> None:
    routing.route(now)


ACTS: dict[str, Callable[[random.Random, Any, datetime], None]] = {
    "write": _write,
    "settle": _settle,
    "close": _close,
    "set aside": _set_aside,
    "next": _press,
    "reply": _reply,
    "deliver": _deliver,
    "switch": _switch,
    "assign": _assign,
    "merge": _merge,
    "route": _route,
}
