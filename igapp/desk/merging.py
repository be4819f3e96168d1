"""Merging two profiles of one person, and suggesting which might be one (SPEC 4.5)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from igapp import bell, db
from igapp.desk import audit, closing, contacts, conversations, erasures, joining, memory, offers, timeline
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
    _lock(kept, gone)
    if kept.merged_into_id is not None or gone.merged_into_id is not None:
        raise Refused("One of the profiles was merged already. Open the page again.")
    if erasures.is_running(kept) or erasures.is_running(gone):
        raise Refused("One of the profiles is being erased. It cannot be merged any more.")
    mine, theirs = _current(kept, gone)
    audit.record(user, "customer.merged", str(kept.id), now, kept=_snapshot(kept), gone=_snapshot(gone))
    for one in (mine, theirs):
        if one is not None:
            offers.withdraw(one, f"{user.name} merged this customer with another profile.", now)
    if mine is not None and theirs is not None:
        joining.join(mine, theirs, now)
    _move(kept, gone)
    _fill(kept, gone)
    gone.merged_into_id = kept.id
    db.session().flush()
    db.session().expire_all()
    memory.forget_all()
    _tell(kept, gone, user, now)
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
    _dismiss(customer.id, other.id, user.id, now)
    audit.record(user, "match.dismissed", f"{customer.id} and {other.id}", now)
    bell.ring(f"customer:{customer.id}")


def _lock(kept: Customer, gone: Customer) -> None:
    """Lock both customers, whichever way round two merges are asked for: nothing new arrives for either meanwhile."""
    both = sa.select(Customer).where(Customer.id.in_((kept.id, gone.id))).order_by(Customer.id).with_for_update()
    db.session().scalars(both.execution_options(populate_existing=True)).all()


def _current(kept: Customer, gone: Customer) -> tuple[Conversation | None, Conversation | None]:
    """Lock both current conversations, the older one first."""
    found = {
        one.customer_id: one
        for one in db.session().scalars(
            conversations.locked(
                sa.select(Conversation)
                .where(Conversation.customer_id.in_((kept.id, gone.id)), ~conversations.IS_CLOSED)
                .order_by(Conversation.id)
            )
        )
    }
    return found.get(kept.id), found.get(gone.id)


def _move(kept: Customer, gone: Customer) -> None:
    """Give all that belongs to `gone` to `kept`, whose own contacts, details, drafts and verdicts win."""
    taken = sa.select(ContactPoint.matched_value).where(ContactPoint.customer_id == kept.id)
    db.change(sa.delete(ContactPoint).where(ContactPoint.customer_id == gone.id, ContactPoint.matched_value.in_(taken)))
    labels = sa.select(sa.func.lower(CustomerDetail.label)).where(CustomerDetail.customer_id == kept.id)
    same = sa.func.lower(CustomerDetail.label).in_(labels)
    db.change(sa.delete(CustomerDetail).where(CustomerDetail.customer_id == gone.id, same))
    own = aliased(Draft)
    begun = sa.exists().where(own.customer_id == kept.id, own.user_id == Draft.user_id, own.lane == Draft.lane)
    db.change(sa.delete(Draft).where(Draft.customer_id == gone.id, begun))
    for model in (Identity, ContactPoint, CustomerDetail, Conversation, Item, Upload, Draft):
        statement = sa.update(model).where(model.customer_id == gone.id)
        db.change(statement.values(customer_id=kept.id))
    db.change(sa.update(Customer).where(Customer.merged_into_id == gone.id).values(merged_into_id=kept.id))
    for dismissal in db.session().scalars(_dismissals(gone)).all():
        other_id = dismissal.second_id if dismissal.first_id == gone.id else dismissal.first_id
        _dismiss(kept.id, other_id, dismissal.dismissed_by_id, dismissal.dismissed_at)


def _fill(kept: Customer, gone: Customer) -> None:
    """Single fields of the kept profile win, empty ones are filled."""
    for field in SINGLE_FIELDS:
        if getattr(kept, field) is None:
            setattr(kept, field, getattr(gone, field))


def _tell(kept: Customer, gone: Customer, user: User, now: datetime) -> None:
    about = conversations.current(kept) or conversations.last(kept)
    if about is not None:
        timeline.event(about, f"Merged with another profile by {user.name}", now)
    if about is not None and not about.is_closed and kept.is_blocked:
        closing.close(about, user, now, is_forced=True)
    bell.ring(f"customer:{kept.id}")
    bell.ring(f"customer:{gone.id}")


def _dismiss(one_id: int, other_id: int, user_id: int | None, at: datetime) -> None:
    first, second = sorted((one_id, other_id))
    row = db.insert(MatchDismissal).values(first_id=first, second_id=second, dismissed_by_id=user_id, dismissed_at=at)
    db.session().execute(row.on_conflict_do_nothing())


def _dismissals(customer: Customer) -> sa.Select[MatchDismissal]:
    is_theirs = sa.or_(MatchDismissal.first_id == customer.id, MatchDismissal.second_id == customer.id)
    return sa.select(MatchDismissal).where(is_theirs)


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
    """As ix_customer_details_username has them, word for word."""
    value = sa.func.lower(sa.func.ltrim(CustomerDetail.value, sa.literal_column("'@'")))
    is_username = sa.func.lower(CustomerDetail.label) == db.written(CustomerDetail.label, USERNAME_LABEL)
    mine = sa.select(value).where(CustomerDetail.customer_id == customer.id, is_username)
    return sa.select(CustomerDetail.customer_id).where(is_username, value.in_(mine))


def _dismissed(customer: Customer) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        sa.or_(
            sa.and_(MatchDismissal.first_id == customer.id, MatchDismissal.second_id == Customer.id),
            sa.and_(MatchDismissal.second_id == customer.id, MatchDismissal.first_id == Customer.id),
        )
    )
