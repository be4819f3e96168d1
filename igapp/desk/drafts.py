"""Drafts: kept per customer, agent and lane across pages, devices and restarts (SPEC 6.1)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.models import Customer, Draft

LIMIT = 10_000
"""Characters kept of a draft."""


def save(user_id: int, customer: Customer, lane: str, text: str, now: datetime) -> None:
    """Keep what is being written; an empty text forgets the draft."""
    here = (Draft.user_id == user_id, Draft.customer_id == customer.id, Draft.lane == lane)
    if not text:
        db.change(sa.delete(Draft).where(*here))
        return
    kept = {"text": text[:LIMIT], "saved_at": now}
    draft = db.insert(Draft).values(user_id=user_id, customer_id=customer.id, lane=lane, **kept)
    db.session().execute(draft.on_conflict_do_update(index_elements=["user_id", "customer_id", "lane"], set_=kept))


def of(user_id: int, customer: Customer) -> dict[str, str]:
    """Return the user's drafts for a customer, by lane."""
    wanted = sa.select(Draft.lane, Draft.text).where(Draft.user_id == user_id, Draft.customer_id == customer.id)
    return {row.lane: row.text for row in db.session().execute(wanted)}
