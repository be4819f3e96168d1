"""Where is my message? Whom events are about, what they became, and where that went (SPEC 12.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from igapp import db
from igapp.desk import ledger, timeline
from igapp.desk.ledger import Step
from igapp.models import Account, Customer, Event, Identity, Item, ItemKind, Outcome

FOLLOWED = 5
"""Things that happened to the conversation afterwards, which a path tells."""


@dataclass(frozen=True)
class Tally:
    """What came in since a moment, and what became of it."""

    received: int
    applied: int
    ignored: int
    pending: int
    failed: int
    """Of all time: each waits for an administrator."""
    redelivered: int
    oldest_failed_at: datetime | None


def tally(since: datetime) -> Tally:
    """Count what came since then, and all that failed."""
    outcome = sa.type_coerce(Event.outcome, sa.Text).concat("")  # or SQLite walks the index of outcomes, all of it
    rows = db.session().execute(
        sa.select(outcome, sa.func.count(), sa.func.coalesce(sa.func.sum(Event.redeliveries), 0))
        .where(Event.received_at >= since)
        .group_by(outcome)
    )
    found = {Outcome(row[0]): (int(row[1]), int(row[2])) for row in rows}
    counts = {outcome: found.get(outcome, (0, 0))[0] for outcome in Outcome}
    failed = sa.select(sa.func.count(), sa.func.min(Event.received_at)).where(Event.outcome == Outcome.FAILED)
    number, oldest = db.session().execute(failed).one()
    return Tally(
        received=sum(counts.values()),
        applied=counts[Outcome.APPLIED],
        ignored=counts[Outcome.IGNORED],
        pending=pending(),
        failed=number,
        redelivered=sum(again for _, again in found.values()),
        oldest_failed_at=oldest,
    )


def pending() -> int:
    """Return how many events wait to be applied."""
    waiting = Event.outcome == db.written(Event.outcome, Outcome.PENDING)
    return db.session().scalar(sa.select(sa.func.count()).select_from(Event).where(waiting)) or 0


def people_of(events: Sequence[Event]) -> dict[int, Customer]:
    """Return whom each event is about, where we know them; three queries whatever their number."""
    by_item = _by_item([event.item_id for event in events if event.item_id])
    by_igsid = _by_identity({event.igsid for event in events if event.igsid})
    found = {}
    for event in events:
        known = by_item.get(event.item_id or 0) or by_igsid.get((event.platform_account_id, event.igsid or ""))
        if known is not None:
            found[event.id] = known
    return found


def path(event: Event) -> list[Step]:
    """Return an event's way in the order of time: through the ledger, into the timeline, to whoever has it."""
    item = db.session().get(Item, event.item_id) if event.item_id else None
    steps = [Step(event.at, "Sent on Instagram"), *ledger.path(event)]
    if item is not None:
        steps += [Step(item.arrived_at, _became(item)), *_followed(item)]
    return sorted(steps, key=lambda step: step.at)


def _became(item: Item) -> str:
    kind = item.kind.replace("_", " ")
    due = item.session.due_at if item.session is not None else None
    words = f"Became a {kind} in the timeline, conversation {item.conversation_id}"
    return words + (f", due {due:%H:%M} UTC" if due else "")


def _followed(item: Item) -> list[Step]:
    """Return what happened to its conversation next: routing, answers, closing."""
    wanted = (
        sa.select(Item)
        .where(Item.conversation_id == item.conversation_id, Item.at >= item.arrived_at, Item.id != item.id)
        .where(Item.kind.in_((ItemKind.EVENT, ItemKind.REPLY, ItemKind.COMMENT_REPLY, ItemKind.PRIVATE_REPLY)))
        .order_by(Item.at, Item.id)
        .limit(FOLLOWED)
        .options(joinedload(Item.author))
    )
    return [Step(one.at, _told(one)) for one in db.session().scalars(wanted)]


def _told(item: Item) -> str:
    """Say what happened without what was said."""
    if item.kind == ItemKind.EVENT:
        return timeline.sentence(item, None)
    return f"Answered by {item.author.name}" if item.author else "Answered"


def _by_item(ids: Sequence[int]) -> dict[int, Customer]:
    rows = db.session().execute(
        sa.select(Item.id, Customer).join(Customer, Customer.id == Item.customer_id).where(Item.id.in_(ids))
    )
    return {row[0]: row[1] for row in rows} if ids else {}


def _by_identity(igsids: set[str]) -> dict[tuple[str, str], Customer]:
    rows = db.session().execute(
        sa.select(Account, Identity.igsid, Customer)
        .join(Identity, Identity.account_id == Account.id)
        .join(Customer, Customer.id == Identity.customer_id)
        .where(Identity.igsid.in_(igsids))
    )
    return {(name, igsid): customer for account, igsid, customer in rows for name in account.platform_ids}
