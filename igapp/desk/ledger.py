"""What the delivery ledger says: counts, "Where is my message?", and failed events tried again (SPEC 2.2, 12.2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from igapp import db
from igapp.background import later
from igapp.desk import search
from igapp.models import Account, Customer, Event, Identity, Item, Outcome, Send, SendState

Key = TypeVar("Key")

SLICE = 500
"""Events that are put back in one transaction."""
SHOWN = 50
"""Events on one page."""
NAMED = 200
"""How many customers of a name are looked for."""
OUTCOMES = {
    Outcome.PENDING: "Waits to be applied",
    Outcome.APPLIED: "Applied",
    Outcome.IGNORED: "Ignored",
    Outcome.FAILED: "Failed",
}


@dataclass(frozen=True)
class Step:
    """One station on an event's way."""

    at: datetime
    sentence: str


def status() -> dict[str, int | dict[str, int]]:
    """Count events and sends: received = pending + applied + ignored + failed; duplicates beside them."""
    outcomes = _counted(sa.select(Event.outcome, sa.func.count()).group_by(Event.outcome))
    states = _counted(sa.select(Send.state, sa.func.count()).group_by(Send.state))
    duplicates = db.session().scalar(sa.select(sa.func.coalesce(sa.func.sum(Event.redeliveries), 0)))
    counts = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
    return {
        "received": sum(counts.values()),
        **counts,
        "duplicates": int(duplicates or 0),
        "sends": {state.value: states.get(state, 0) for state in SendState},
    }


def load(event_id: int) -> Event | None:
    """Return an event by number."""
    return db.session().get(Event, event_id)


def find(
    words: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    outcome: Outcome | None = None,
    before_id: int | None = None,
) -> Sequence[Event]:
    """Return events, newest first: of a username or name, a message or comment id, a customer's id, or of a time."""
    wanted = sa.select(Event).order_by(Event.id.desc()).limit(SHOWN)
    if words.strip():
        wanted = wanted.where(_about(words.strip()))
    if since is not None:
        wanted = wanted.where(Event.received_at >= since)
    if until is not None:
        wanted = wanted.where(Event.received_at <= until)
    if outcome is not None:
        wanted = wanted.where(Event.outcome == outcome)
    if before_id is not None:
        wanted = wanted.where(Event.id < before_id)
    return db.session().scalars(wanted).all()


def path(event: Event) -> list[Step]:
    """Return an event's way through the product, in words."""
    steps = [Step(event.received_at, f"Received with delivery {event.request_id}")]
    if event.redeliveries:
        times = "once more" if event.redeliveries == 1 else f"{event.redeliveries} times more"
        steps.append(Step(event.received_at, f"Delivered {times}; that changed nothing"))
    if event.attempts:
        tries = "once" if event.attempts == 1 else f"{event.attempts} times"
        steps.append(Step(event.received_at, f"Tried {tries} without success: {event.reason or 'no reason known'}"))
    steps.append(_end(event))
    return steps


def customer_of(event: Event) -> Customer | None:
    """Return whom an event is about, where we know them."""
    item = db.session().get(Item, event.item_id) if event.item_id else None
    if item is not None:
        return item.customer
    named = Account.ig_user_id == event.platform_account_id
    known = (
        sa.select(Identity)
        .join(Account, Account.id == Identity.account_id)
        .where(sa.or_(named, Account.app_scoped_id == event.platform_account_id), Identity.igsid == event.igsid)
    )
    identity = db.session().scalar(known.limit(1)) if event.igsid else None
    return identity.customer if identity else None


def put_back(ids: Sequence[int], now: datetime, *, with_ignored: bool = False, after: int = 0) -> Sequence[int]:
    """Let failed events (of these, or of all; ignored ones too if asked) be applied again, some at a time.

    Of what was blanked nothing is left to be applied.
    Returns their ids, in order; call again with `after` the last one until there are none.
    """
    outcomes = (Outcome.FAILED, Outcome.IGNORED) if with_ignored else (Outcome.FAILED,)
    is_whole = Event.body != ""
    wanted = sa.select(Event.id, Event.lane).where(Event.outcome.in_(outcomes), is_whole, Event.id > after)
    if ids:
        wanted = wanted.where(Event.id.in_(list(ids)))
    found = db.session().execute(wanted.order_by(Event.id).limit(SLICE)).all()
    again = {"outcome": Outcome.PENDING, "reason": None, "attempts": 0, "next_try_at": now, "ended_at": None}
    if found:
        db.change(sa.update(Event).where(Event.id.in_([row.id for row in found])).values(again))
    for lane in {row.lane for row in found}:
        later("drain", lane)
    return [row.id for row in found]


_REQUEST_ID = re.compile("[0-9a-f]{16}")


def _about(words: str) -> sa.ColumnElement[bool]:
    """Names are looked up first: with them inside, no index of events would serve."""
    people = sa.select(Customer.id).where(search.is_called(words.removeprefix("@")))
    igsids = db.session().scalars(sa.select(Identity.igsid).where(Identity.customer_id.in_(people.limit(NAMED))))
    same = [Event.platform_id == words, Event.igsid.in_([words, *igsids])]
    if _REQUEST_ID.fullmatch(words):  # which no index holds: the whole ledger is looked through
        same.append(Event.request_id == words)
    if words.isdecimal() and len(words) <= 15:  # noqa: PLR2004 - longer ones are Meta's, and no number of ours
        same.append(Event.id == int(words))
    return sa.or_(*same)


def _end(event: Event) -> Step:
    sentence = OUTCOMES[event.outcome]
    if event.reason:
        sentence = f"{sentence}: {event.reason}"
    return Step(event.ended_at or event.next_try_at, sentence)


def _counted(wanted: sa.Select[Key, int]) -> dict[Key, int]:
    return {row[0]: row[1] for row in db.session().execute(wanted)}
