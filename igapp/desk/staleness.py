"""The stale-send guard: a reply is refused once, with what is new, when the thread moved on meanwhile (S9)."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from igapp import db
from igapp.desk import timeline
from igapp.desk.refusal import Refused
from igapp.models import Customer, Item, ItemKind, User

RECENT = 50
"""How far back, in the order of the thread, something new is looked for."""


class MovedOn(Refused):
    """The thread has something newer than what the agent had before them; "Send anyway" sends."""


def newest(customer: Customer) -> int:
    """Return the number of what came last, which the composer carries: what is told by arrival misses nothing late."""
    return max((item.id for item in _recent(customer)), default=0)


def refuse_if_moved_on(customer: Customer, user: User, seen: int | None) -> None:
    """Raise MovedOn, naming what is new, if something came after `seen` that `user` did not write."""
    if seen is None:
        return
    newer = [item for item in _recent(customer) if item.id > seen and item.author_id != user.id and not item.is_deleted]
    if newer:
        first = min(newer, key=lambda item: item.id)
        raise MovedOn(f"{_who(first)} meanwhile: “{timeline.preview(first)}”")


def _recent(customer: Customer) -> Sequence[Item]:
    """Return what somebody said last, by the platform's times."""
    wanted = (
        sa.select(Item)
        .where(Item.customer_id == customer.id, Item.kind.not_in((ItemKind.EVENT, ItemKind.NOTE)))
        .order_by(Item.at.desc(), Item.id.desc())
        .limit(RECENT)
        .options(selectinload(Item.attachments), joinedload(Item.author))
    )
    return db.session().scalars(wanted).all()


def _who(item: Item) -> str:
    if item.is_inbound:
        return f"{item.customer.display_name} wrote"
    return f"{item.author.name} answered" if item.author is not None else "Someone answered in the Instagram app"
