"""Blocking a customer: what they send later is stored, closed on arrival and offered to nobody (SPEC 4.7)."""

from datetime import datetime

from igapp.desk import audit, closing, conversations, timeline
from igapp.models import Customer, User


def block(customer: Customer, user: User, now: datetime) -> None:
    """Block the customer; the current conversation is closed, an offer withdrawn."""
    if customer.is_blocked:
        return
    customer.is_blocked = True
    audit.record(user, "customer.blocked", str(customer.id), now)
    conversation = conversations.current(customer)
    if conversation is not None:
        timeline.event(conversation, f"Blocked by {user.name}", now)
        closing.close(conversation, user, now, is_forced=True, because=f"{user.name} blocked this customer.")


def unblock(customer: Customer, user: User, now: datetime) -> None:
    """Let the customer's next message be routed again."""
    if not customer.is_blocked:
        return
    customer.is_blocked = False
    audit.record(user, "customer.unblocked", str(customer.id), now)
    conversation = conversations.last(customer)
    if conversation is not None:
        timeline.event(conversation, f"Unblocked by {user.name}", now)
