"""What came of a day, beside what must come of it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import sqlalchemy as sa

from igapp import db
from igapp.desk import ledger
from igapp.models import Identity, Item, MediaState
from tests.infra.day import Day, Told


def items() -> Sequence[Item]:
    """Everything that came from the platform, as timelines show it."""
    wanted = sa.select(Item).where(Item.platform_id.is_not(None)).order_by(Item.customer_id, Item.at, Item.id)
    return db.session().scalars(wanted).all()


def wrong(day: Day, found: Sequence[Item]) -> list[str]:
    """What looks otherwise than it must, is another customer's, or stands behind something later."""
    people = {one.igsid: one.customer_id for one in db.session().scalars(sa.select(Identity))}
    ours = [item for item in found if item.platform_id in day.ends]
    looks = ((item.platform_id, _otherwise(day.ends[str(item.platform_id)], item, people)) for item in ours)
    return [f"{mid}: {other}" for mid, other in looks if other] + _disordered(day, ours)


def miscounted(day: Day, duplicates: int) -> dict[str, str]:
    """Those of the ledger's counts that are not what they must be."""
    size, status = len(day.events), ledger.status()
    counts = {
        "received": size,
        "applied": size - day.ignored,
        "ignored": day.ignored,
        "duplicates": duplicates,
    }
    return {name: f"{status[name]} instead of {count}" for name, count in counts.items() if status[name] != count}


def _otherwise(told: Told, item: Item, people: Mapping[str, int]) -> str:
    """Return in what an item differs from what it must be, or nothing."""
    attachments = () if told.is_deleted else tuple(one.kind for one in item.attachments)
    pairs = {
        "kind": (item.kind, told.kind),
        "text": (item.text or "", told.text),
        "earlier texts": ([edit["text"] for edit in item.edits or ()], told.earlier),
        "reaction": (item.reaction, told.reaction),
        "deleted": (item.is_deleted, told.is_deleted),
        "attachments": (attachments, () if told.is_deleted else told.attachments),
        "failed": ([one.problem for one in item.attachments if one.state == MediaState.FAILED], []),
        "read": (item.seen_at is not None or not told.is_read, True),
        "customer": (item.customer_id, people[told.customer]),
    }
    return ", ".join(f"{name} {one!r} instead of {other!r}" for name, (one, other) in pairs.items() if one != other)


def _disordered(day: Day, found: Sequence[Item]) -> list[str]:
    return [
        f"{second.platform_id}: behind what is later"
        for first, second in pairwise(found)
        if first.customer_id == second.customer_id
        and day.ends[str(first.platform_id)].at > day.ends[str(second.platform_id)].at
    ]
