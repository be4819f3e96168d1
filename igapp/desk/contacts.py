"""Contact details and customer details: edited by agents, validated, matched across customers (SPEC 4.3, 4.5)."""

import re
from datetime import datetime

import sqlalchemy as sa

from igapp import bell, db
from igapp.desk import audit
from igapp.desk.refusal import Refused
from igapp.models import ContactKind, ContactPoint, Customer, CustomerDetail, User

LIMIT = 200
"""Characters of a label or value."""
PER_CUSTOMER = 50
"""Phones and emails, and details, of one customer."""
_EMAIL = re.compile(r"[^\s@<>\"',;:]+@[^\s@<>\"',;:.]+(?:\.[^\s@<>\"',;:.]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-/]{4,30}[0-9]")


def add_point(customer: Customer, kind: ContactKind, value: str, user: User, now: datetime) -> ContactPoint:
    """Add a phone number or an email address; Refused where it is none, or here already."""
    value = " ".join(value.split())
    matched = _matched(kind, value)
    here = sa.select(ContactPoint).where(ContactPoint.customer_id == customer.id)
    existing = db.session().scalars(here).all()
    if any(one.kind == kind and one.matched_value == matched for one in existing):
        raise Refused("It is among the contact details already.")
    if len(existing) >= PER_CUSTOMER:
        raise Refused(f"A customer has at most {PER_CUSTOMER} contact details.")
    point = ContactPoint(customer_id=customer.id, kind=kind, value=value, matched_value=matched)
    db.session().add(point)
    _changed(customer, user, f"{kind}.added", now)
    return point


def change_point(point: ContactPoint, customer: Customer, value: str, user: User, now: datetime) -> None:
    """Write a phone number or an email address anew; Refused where it is none, or here already."""
    value = " ".join(value.split())
    matched = _matched(point.kind, value)
    others = [one for one in points_of(customer) if one.id != point.id]
    if any(one.kind == point.kind and one.matched_value == matched for one in others):
        raise Refused("It is among the contact details already.")
    point.value, point.matched_value = value, matched
    _changed(customer, user, f"{point.kind}.changed", now)


def remove_point(point: ContactPoint, customer: Customer, user: User, now: datetime) -> None:
    """Remove a phone number or an email address."""
    db.session().delete(point)
    _changed(customer, user, f"{point.kind}.removed", now)


def set_detail(customer: Customer, label: str, value: str, user: User, now: datetime) -> CustomerDetail:
    """Write a customer detail; the same label holds one value."""
    label, value = " ".join(label.split()), " ".join(value.split())
    if not label or not value or max(len(label), len(value)) > LIMIT:
        raise Refused(f"A detail needs a label and a value of at most {LIMIT} characters each.")
    here = sa.select(CustomerDetail).where(CustomerDetail.customer_id == customer.id)
    existing = db.session().scalars(here).all()
    same = next((one for one in existing if one.label.casefold() == label.casefold()), None)
    if same is None and len(existing) >= PER_CUSTOMER:
        raise Refused(f"A customer has at most {PER_CUSTOMER} details.")
    detail = same or CustomerDetail(customer_id=customer.id, label=label, value=value)
    detail.value = value
    db.session().add(detail)
    _changed(customer, user, "detail.set", now)
    return detail


def remove_detail(detail: CustomerDetail, customer: Customer, user: User, now: datetime) -> None:
    """Remove a customer detail."""
    db.session().delete(detail)
    _changed(customer, user, "detail.removed", now)


def points_of(customer: Customer) -> list[ContactPoint]:
    """Return the customer's phones and emails."""
    wanted = sa.select(ContactPoint).where(ContactPoint.customer_id == customer.id).order_by(ContactPoint.id)
    return list(db.session().scalars(wanted))


def details_of(customer: Customer) -> list[CustomerDetail]:
    """Return the customer's details."""
    wanted = sa.select(CustomerDetail).where(CustomerDetail.customer_id == customer.id).order_by(CustomerDetail.id)
    return list(db.session().scalars(wanted))


def _matched(kind: ContactKind, value: str) -> str:
    """Return the value as it is compared: digits of a phone number, an email address in lower case."""
    if kind == ContactKind.EMAIL:
        if not _EMAIL.fullmatch(value) or len(value) > LIMIT:
            raise Refused(f"“{value}” is no email address. It should look like name@example.com.")
        return value.casefold()
    if not _PHONE.fullmatch(value):
        raise Refused(f"“{value}” is no phone number. Use digits, with + and the country code where you know it.")
    return ("+" if value.startswith("+") else "") + re.sub(r"\D", "", value)


def _changed(customer: Customer, user: User, action: str, now: datetime) -> None:
    audit.record(user, f"customer.{action}", str(customer.id), now)
    db.session().flush()
    bell.ring(f"customer:{customer.id}")
