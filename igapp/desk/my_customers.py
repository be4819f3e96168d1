"""My Customers: whom an agent has, in the order in which they need the agent. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from igapp import db, utc
from igapp.models import Conversation, Status

PAGE_SIZE = 40
"""Customers who only wait to be closed that the list shows at once."""

IS_OPEN = Conversation.status == db.written(Conversation.status, Status.OPEN)
IS_WAITING = Conversation.status == db.written(Conversation.status, Status.WAITING)
MOST_ACTIVE = 100
"""Nobody's capacity may be set higher; that there are few lets the database choose its indexes."""
WITH_SESSIONS = (joinedload(Conversation.sessions), lazyload(Conversation.inbox))
"""One query instead of two, for few conversations; nobody asks for their inbox."""

Key = tuple[datetime, int]
"""Where a page ends: when its last customer was heard from, and the number of the conversation."""


@dataclass(frozen=True)
class Page:
    """Some of an agent's customers, and where the next page begins."""

    conversations: Sequence[Conversation]
    next_key: Key | None


def active(user_id: int, knocked_since: datetime | None = None) -> list[Conversation]:
    """Return those with an open session, as many as capacity allows: needs me first, then earliest due.

    With a moment, only those of whom the agent was told something new since then.
    """
    wanted = sa.select(Conversation).where(Conversation.agent_id == user_id, IS_OPEN).options(*WITH_SESSIONS)
    if knocked_since is not None:
        wanted = wanted.where(Conversation.knocked_at > knocked_since)
    return sorted(db.session().scalars(wanted).unique(), key=_in_turn)


def page(user_id: int, after: Key | None = None) -> Page:
    """Return those with an open session, then those who wait to be closed, last heard from first.

    The latter gather for as long as nobody closes them: they come in pages, of which the first has the former.
    """
    ids = [sa.select(part.c.id) for part in _heard_before(user_id, after)]
    if after is None:
        busy = sa.select(Conversation.id).where(Conversation.agent_id == user_id, IS_OPEN)
        ids.append(sa.select(busy.limit(MOST_ACTIVE).subquery().c.id))
    wanted = sa.select(Conversation).where(Conversation.id.in_(sa.union_all(*ids))).options(*WITH_SESSIONS)
    return _page(db.session().scalars(wanted).unique().all())


def _heard_before(user_id: int, after: Key | None) -> tuple[sa.Subquery, sa.Subquery]:
    """Return the next ones who wait to be closed: of those who said something, and of those who never did.

    The latter come last; the databases do not agree on where NULL stands in an order.
    """
    heard = (Conversation.last_item_at, Conversation.id)
    waiting = sa.select(Conversation.id).where(Conversation.agent_id == user_id, IS_WAITING)
    said, never = waiting.where(heard[0].is_not(None)), waiting.where(heard[0].is_(None))
    if after is not None:
        edge = db.key_literal(heard, after)
        said = said.where(sa.tuple_(*heard) < edge)
        never = never.where(sa.tuple_(sa.literal(utc.EPOCH, heard[0].type), heard[1]) < edge)
    some = said.order_by(*(column.desc() for column in heard)).limit(PAGE_SIZE + 1)
    return some.subquery(), never.order_by(heard[1].desc()).limit(PAGE_SIZE + 1).subquery()


def _page(found: Sequence[Conversation]) -> Page:
    busy = sorted((one for one in found if one.status == Status.OPEN), key=_in_turn)
    waiting = sorted((one for one in found if one.status != Status.OPEN), key=_heard, reverse=True)
    next_key = _heard(waiting[PAGE_SIZE - 1]) if len(waiting) > PAGE_SIZE else None
    return Page([*busy, *waiting[:PAGE_SIZE]], next_key)


def _in_turn(one: Conversation) -> tuple[bool, datetime, timedelta]:
    return not one.needs_attention, one.sort_due_at, utc.FAR_FUTURE - _heard(one)[0]


def _heard(one: Conversation) -> Key:
    return one.last_item_at or utc.EPOCH, one.id
