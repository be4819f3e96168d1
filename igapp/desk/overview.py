"""Every inbox by status, for team managers: what waits, who has it, why it stands where it stands (SPEC 5.11)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from igapp import db, utc
from igapp.desk import presence, settings, windows
from igapp.models import (
    Agent,
    Conversation,
    Identity,
    InboxMember,
    Offer,
    OfferState,
    Presence,
    Status,
    User,
)

PAGE_SIZE = 40
"""Conversations of a page."""
LOOKED_AT = 1_000
"""Of the conversations that are due first, so many are looked at for a reply window that closes soon."""
COUNT_LIMIT = 9_999
"""Counts stop here: beyond it the exact number helps nobody, and counting takes long."""
CLOSING_SOON_HOURS = 24
"""A reply window that closes within this is worth a look."""
NOBODY = 0
"""As an agent in a filter: those that nobody has."""
LIVE = (Status.NEW, Status.OPEN)
"""Statuses with an open session."""

Key = tuple[datetime, int]
"""Where a page ends: the sorted moment and the number of its last conversation."""


@dataclass(frozen=True)
class Filter:
    """What is looked at."""

    status: Status = Status.NEW
    inbox_id: int | None = None
    agent_id: int | None = None
    is_overdue: bool = False
    is_closing_soon: bool = False


@dataclass(frozen=True)
class Page:
    """Some conversations, and where the next page begins."""

    conversations: Sequence[Conversation]
    next_key: Key | None


@dataclass(frozen=True)
class Alarms:
    """What should not wait any longer, up to COUNT_LIMIT + 1 of each."""

    overdue: int
    closing: int
    """Whose reply window closes soon."""


@dataclass(frozen=True)
class Staffing:
    """Who could receive an inbox's work now."""

    members: int = 0
    available: int = 0
    with_room: int = 0
    """Could be offered something at once."""
    answering: int = 0
    """Have an offer before them."""
    paused: int = 0


def page(wanted: Filter, now: datetime, after: Key | None = None, limit: int = PAGE_SIZE) -> Page:
    """Return the earliest due first; those whose window closes soon, the soonest first; of closed ones the latest."""
    is_closed = wanted.status == Status.CLOSED
    moment = _moment(wanted, now)
    key = sa.tuple_(moment, Conversation.id)
    rows = (
        sa.select(Conversation, moment.label("moment"))
        .where(*_conditions(wanted, now))
        .options(joinedload(Conversation.agent), joinedload(Conversation.sessions))
        .limit(limit + 1)
    )
    rows = rows.order_by(moment.desc(), Conversation.id.desc()) if is_closed else rows.order_by(moment, Conversation.id)
    if after is not None:
        edge = sa.tuple_(
            sa.literal(after[0], Conversation.sort_due_at.type), sa.literal(after[1], Conversation.id.type)
        )
        rows = rows.where(key < edge if is_closed else key > edge)
    found = db.session().execute(rows).unique().all()
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    next_key = (last.moment or utc.EPOCH, last.Conversation.id) if last else None
    return Page([row.Conversation for row in shown], next_key)


def counts(wanted: Filter, now: datetime) -> dict[Status, int]:
    """Return how many of each status pass the filter, up to COUNT_LIMIT + 1; closed ones are not counted."""
    statuses = (Status.NEW, Status.OPEN, Status.WAITING)
    filters = [Filter(status, wanted.inbox_id, wanted.agent_id) for status in statuses]
    numbers = sa.select(*(_count(one, now) for one in filters))
    return dict(zip(statuses, db.session().execute(numbers).one(), strict=True))


def alarms(inbox_id: int | None, now: datetime) -> dict[Status, Alarms]:
    """Return how many of each status are overdue, and how many have a reply window that closes soon."""
    closing = [_count_closing(Filter(status, inbox_id), now) for status in LIVE]
    found = db.session().execute(sa.select(*_counts_overdue(inbox_id, now), *closing)).one()
    return {status: Alarms(found[at], found[at + len(LIVE)]) for at, status in enumerate(LIVE)}


def overdue(inbox_id: int | None, now: datetime) -> dict[Status, int]:
    """Return how many of each status are overdue."""
    return dict(zip(LIVE, db.session().execute(sa.select(*_counts_overdue(inbox_id, now))).one(), strict=True))


def staffing(now: datetime, inbox_ids: Collection[int] | None = None) -> dict[int, Staffing]:
    """Return who could receive work, by inbox."""
    is_there = sa.and_(Agent.is_available, presence.connected(now))
    has_room = Agent.load < settings.workflow().standard_capacity
    rows = sa.select(
        InboxMember.inbox_id,
        sa.func.count(),
        _number_where(is_there),
        _number_where(sa.and_(is_there, has_room, Agent.paused_at.is_(None), Agent.is_offered.is_(False))),
        _number_where(sa.and_(is_there, Agent.is_offered)),
        _number_where(sa.and_(is_there, Agent.paused_at.is_not(None))),
    )
    rows = (
        rows.join(Agent, Agent.user_id == InboxMember.user_id)
        .join(User, sa.and_(User.id == Agent.user_id, User.is_active))
        .outerjoin(Presence, Presence.user_id == Agent.user_id)
        .group_by(InboxMember.inbox_id)
    )
    if inbox_ids is not None:
        rows = rows.where(InboxMember.inbox_id.in_(inbox_ids))
    return {row[0]: Staffing(*row[1:]) for row in db.session().execute(rows)}


def given_up(conversations: Collection[Conversation]) -> dict[int, list[tuple[OfferState, str]]]:
    """Return who declined or missed each conversation since it waits, oldest first, by conversation."""
    rows = db.session().execute(
        sa.select(Offer.conversation_id, Offer.state, User.name)
        .join(User, User.id == Offer.agent_id)
        .join(Conversation, Conversation.id == Offer.conversation_id)
        .where(
            Offer.conversation_id.in_([one.id for one in conversations]),
            Offer.state.in_((OfferState.DECLINED, OfferState.MISSED)),
            Offer.offered_at >= Conversation.arrived_at,
        )
        .order_by(Offer.id)
    )
    found: dict[int, list[tuple[OfferState, str]]] = {}
    for conversation_id, state, name in rows:
        found.setdefault(conversation_id, []).append((state, name))
    return found


def pending(conversations: Collection[Conversation]) -> dict[int, Offer]:
    """Return the offers that wait for an answer, by conversation."""
    offered = [one.id for one in conversations if one.offered_to_id is not None]
    if not offered:
        return {}
    wanted = sa.select(Offer).where(Offer.conversation_id.in_(offered), Offer.state == OfferState.OFFERED)
    found = db.session().scalars(wanted.options(joinedload(Offer.agent))).unique()
    return {offer.conversation_id: offer for offer in found}


def offers_of(conversation: Conversation, limit: int = 50) -> Sequence[Offer]:
    """Return to whom a conversation was offered, latest first, with the reasons."""
    wanted = sa.select(Offer).where(Offer.conversation_id == conversation.id).options(joinedload(Offer.agent))
    return db.session().scalars(wanted.order_by(Offer.offered_at.desc(), Offer.id.desc()).limit(limit)).unique().all()


def _moment(wanted: Filter, now: datetime) -> Any:
    """Return by what a page is sorted."""
    if wanted.is_closing_soon:
        opened_at = sa.func.min(Identity.window_opened_at)
        return sa.select(opened_at).where(*_closes_soon(Conversation.customer_id, now)).scalar_subquery()
    return Conversation.closed_at if wanted.status == Status.CLOSED else Conversation.sort_due_at


def _conditions(wanted: Filter, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Conversation.status == db.written(Conversation.status, wanted.status)]
    if wanted.inbox_id is not None:
        conditions.append(Conversation.inbox_id == wanted.inbox_id)
    if wanted.agent_id is not None:
        has = Conversation.agent_id == wanted.agent_id
        conditions.append(Conversation.agent_id.is_(None) if wanted.agent_id == NOBODY else has)
    if wanted.is_overdue:
        conditions.append(Conversation.sort_due_at < now)
    if wanted.is_closing_soon:
        conditions += [
            Conversation.needs_attention.is_(True),
            sa.exists().where(*_closes_soon(Conversation.customer_id, now)),
        ]
    return conditions


def _closes_soon(customer_id: Any, now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    """Return what is true of a customer's identity whose window closes soon."""
    opened_from = now - utc.days(windows.HUMAN_AGENT_DAYS)
    opened_to = opened_from + utc.hours(CLOSING_SOON_HOURS)
    return Identity.customer_id == customer_id, Identity.window_opened_at.between(opened_from, opened_to)


def _count(wanted: Filter, now: datetime) -> sa.ScalarSelect[int]:
    few = sa.select(sa.literal(1)).select_from(Conversation).where(*_conditions(wanted, now)).limit(COUNT_LIMIT + 1)
    return sa.select(sa.func.count()).select_from(few.subquery()).scalar_subquery()


def _counts_overdue(inbox_id: int | None, now: datetime) -> list[sa.ScalarSelect[int]]:
    return [_count(Filter(status, inbox_id, is_overdue=True), now) for status in LIVE]


def _count_closing(wanted: Filter, now: datetime) -> sa.ScalarSelect[int]:
    """Windows that close soon are those of whoever waits longest, so they are among the first in the order of work.

    Their identities are counted for each, which the planner cannot turn into reading all identities there are.
    """
    first = sa.select(Conversation.customer_id).where(*_conditions(wanted, now), Conversation.needs_attention.is_(True))
    some = first.order_by(Conversation.sort_due_at, Conversation.id).limit(LOOKED_AT).subquery()
    closing = sa.select(sa.func.count()).where(*_closes_soon(some.c.customer_id, now)).scalar_subquery()
    return sa.select(sa.func.count()).select_from(some).where(closing > 0).scalar_subquery()


def _number_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
