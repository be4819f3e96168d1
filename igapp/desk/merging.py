"""Merging two profiles of one person, and suggesting which might be one (SPEC 4.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db
from igapp.desk import audit, contacts, conversations, offers, timeline
from igapp.desk.refusal import Refused
from igapp.models import (
    ContactPoint,
    Conversation,
    Customer,
    CustomerDetail,
    Draft,
    Identity,
    Item,
    MatchDismissal,
    MessagingSession,
    Upload,
    User,
)

USERNAME_LABEL = "instagram username"
"""The customer detail that is compared, as labels are: without regard to case."""
SINGLE_FIELDS = ("name", "username", "username_at", "picture_url", "is_verified", "follower_count", "profile_at")


def merge(kept: Customer, gone: Customer, user: User, now: datetime) -> Customer:
    """Move everything of `gone` to `kept`; it cannot be undone, a snapshot is kept in the audit log."""
    if kept.id == gone.id:
        raise Refused("A profile cannot be merged with itself.")
    if kept.merged_into_id is not None or gone.merged_into_id is not None:
        raise Refused("One of the profiles was merged already. Open the page again.")
    mine, theirs = _locked(kept, gone)
    audit.record(user, "customer.merged", str(kept.id), now, kept=_snapshot(kept), gone=_snapshot(gone))
    survivor = _one_conversation(mine, theirs, user, now)
    _move(kept, gone)
    for field in SINGLE_FIELDS:
        if getattr(kept, field) is None:
            setattr(kept, field, getattr(gone, field))
    kept.is_blocked = kept.is_blocked or gone.is_blocked
    gone.merged_into_id = kept.id
    db.session().flush()
    db.session().expire_all()
    about = survivor or conversations.last(kept)
    if about is not None:
        timeline.event(about, f"Merged with another profile by {user.name}", now)
    bell.ring(f"customer:{kept.id}")
    bell.ring(f"customer:{gone.id}")
    return kept


def suggestions(customer: Customer, limit: int = 5) -> list[Customer]:
    """Return other customers with an equal email, phone or volunteered Instagram username."""
    wanted = (
        sa.select(Customer)
        .where(
            Customer.id.in_(sa.union(_same_points(customer), _same_usernames(customer))),
            Customer.id != customer.id,
            Customer.merged_into_id.is_(None),
            ~_dismissed(customer),
        )
        .order_by(Customer.id)
        .limit(limit)
    )
    return list(db.session().scalars(wanted))


def dismiss(customer: Customer, other: Customer, user: User, now: datetime) -> None:
    """They are no match: the suggestion does not come back."""
    first, second = sorted((customer.id, other.id))
    if db.session().get(MatchDismissal, (first, second)) is None:
        row = MatchDismissal(first_id=first, second_id=second, dismissed_by_id=user.id, dismissed_at=now)
        db.session().add(row)
    audit.record(user, "match.dismissed", f"{first} and {second}", now)
    bell.ring(f"customer:{customer.id}")


def _locked(kept: Customer, gone: Customer) -> tuple[Conversation | None, Conversation | None]:
    """Lock both current conversations, the older one first, whichever way round two merges are asked for."""
    first, second = sorted((kept, gone), key=lambda one: one.id)
    found = {one.id: conversations.current(one) for one in (first, second)}
    return found[kept.id], found[gone.id]


def _one_conversation(
    mine: Conversation | None, theirs: Conversation | None, user: User, now: datetime
) -> Conversation | None:
    """Two open conversations become one, with the earliest due time and the survivor's agent."""
    for one in (mine, theirs):
        if one is not None:
            offers.withdraw(one, f"{user.name} merged this customer with another profile.", now)
    if mine is None or theirs is None:
        return mine or theirs
    with conversations.changing(theirs):
        for session in list(theirs.open_sessions):
            theirs.sessions.remove(session)
            mine.sessions.append(session)
        theirs.closed_at, theirs.closed_by_id = now, user.id
    db.session().flush()
    moved: Sequence[tuple[Any, Any]] = [
        (Item, Item.conversation_id),
        (MessagingSession, MessagingSession.conversation_id),
    ]
    for model, column in moved:
        db.change(sa.update(model).where(column == theirs.id).values(conversation_id=mine.id))
    with conversations.changing(mine):
        mine.arrived_at = min(mine.arrived_at, theirs.arrived_at)
    if mine.agent_id is None:
        conversations.look_for_agent()
    return mine


def _move(kept: Customer, gone: Customer) -> None:
    taken = sa.select(ContactPoint.matched_value).where(ContactPoint.customer_id == kept.id)
    db.change(sa.delete(ContactPoint).where(ContactPoint.customer_id == gone.id, ContactPoint.matched_value.in_(taken)))
    labels = sa.select(sa.func.lower(CustomerDetail.label)).where(CustomerDetail.customer_id == kept.id)
    same = sa.func.lower(CustomerDetail.label).in_(labels)
    db.change(sa.delete(CustomerDetail).where(CustomerDetail.customer_id == gone.id, same))
    db.change(sa.delete(Draft).where(Draft.customer_id == gone.id))
    for model in (Identity, ContactPoint, CustomerDetail, Conversation, Item, Upload):
        statement = sa.update(model).where(model.customer_id == gone.id)
        db.change(statement.values(customer_id=kept.id))
    db.change(sa.update(Customer).where(Customer.merged_into_id == gone.id).values(merged_into_id=kept.id))


def _snapshot(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "name": customer.name,
        "username": customer.username,
        "identities": [[one.account_id, one.igsid] for one in customer.identities],
        "contacts": [[one.kind, one.value] for one in contacts.points_of(customer)],
        "details": [[one.label, one.value] for one in contacts.details_of(customer)],
    }


def _same_points(customer: Customer) -> sa.Select[int]:
    mine = sa.select(ContactPoint.kind, ContactPoint.matched_value).where(ContactPoint.customer_id == customer.id)
    pair = sa.tuple_(ContactPoint.kind, ContactPoint.matched_value)
    return sa.select(ContactPoint.customer_id).where(pair.in_(mine))


def _same_usernames(customer: Customer) -> sa.Select[int]:
    value = sa.func.lower(sa.func.ltrim(CustomerDetail.value, "@"))
    is_username = sa.func.lower(CustomerDetail.label) == USERNAME_LABEL
    mine = sa.select(value).where(CustomerDetail.customer_id == customer.id, is_username)
    return sa.select(CustomerDetail.customer_id).where(is_username, value.in_(mine))


def _dismissed(customer: Customer) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        sa.or_(
            sa.and_(MatchDismissal.first_id == customer.id, MatchDismissal.second_id == Customer.id),
            sa.and_(MatchDismissal.second_id == customer.id, MatchDismissal.first_id == Customer.id),
        )
    )
