"""The stale-send guard: a reply is refused once, with what is new, when the thread moved on meanwhile (S9)."""

import sqlalchemy as sa

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
    return db.session().scalar(sa.select(sa.func.max(_recent(customer).c.id))) or 0


def refuse_if_moved_on(customer: Customer, user: User, seen: int | None) -> None:
    """Raise MovedOn, naming what is new, if something came after `seen` that `user` did not write."""
    if seen is None:
        return
    ids = sa.select(_recent(customer).c.id)
    is_theirs = Item.author_id.is_distinct_from(user.id)
    wanted = sa.select(Item).where(Item.id > seen, Item.id.in_(ids), is_theirs, Item.deleted_at.is_(None))
    first = db.session().scalar(wanted.order_by(Item.id).limit(1))
    if first is not None:
        raise MovedOn(f"{_who(first)} meanwhile: “{timeline.preview(first)}”")


def _recent(customer: Customer) -> sa.Subquery:
    """The numbers of what somebody said last, by the platform's times."""
    said = sa.select(Item.id).where(Item.customer_id == customer.id, Item.kind.not_in((ItemKind.EVENT, ItemKind.NOTE)))
    return said.order_by(Item.at.desc(), Item.id.desc()).limit(RECENT).subquery()


def _who(item: Item) -> str:
    if item.is_inbound:
        return f"{item.customer.display_name} wrote"
    return f"{item.author.name} answered" if item.author is not None else "Someone answered in the Instagram app"
