"""Reading the audit log: newest first, by person, action and time (SPEC 12.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from igapp import db
from igapp.models import AuditEntry, User

PAGE_SIZE = 50
"""Entries of a page."""
BATCH = 1000
"""Entries read at once for a download."""


@dataclass(frozen=True)
class Filter:
    """What is looked for; None is everything. `area` is the first word of an action, such as "user"."""

    user_id: int | None = None
    area: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True)
class Page:
    """Some entries, and the number before which the next page begins."""

    entries: Sequence[AuditEntry]
    next_before: int | None


def page(wanted: Filter, before: int | None = None, limit: int = PAGE_SIZE) -> Page:
    """Return the newest entries, or those before an entry's number."""
    found = db.session().scalars(_query(wanted, before).limit(limit + 1)).all()
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def all_of(wanted: Filter) -> Iterator[AuditEntry]:
    """Return every entry, newest first, read in batches."""
    before = None
    while True:
        found = page(wanted, before, BATCH)
        yield from found.entries
        if found.next_before is None:
            return
        before = found.next_before


def areas() -> list[str]:
    """Return the first words of all actions that were ever recorded, such as "account" and "user"."""
    actions = db.session().scalars(sa.select(AuditEntry.action).distinct())
    return sorted({action.split(".")[0] for action in actions})


def people() -> Sequence[User]:
    """Return everybody who could have done something, by name."""
    return db.session().scalars(sa.select(User).order_by(User.name)).unique().all()


def _query(wanted: Filter, before: int | None) -> sa.Select[AuditEntry]:
    conditions: list[sa.ColumnElement[bool]] = []
    if before is not None:
        conditions.append(AuditEntry.id < before)
    if wanted.user_id is not None:
        conditions.append(AuditEntry.user_id == wanted.user_id)
    if wanted.area:
        conditions.append(AuditEntry.action.startswith(f"{wanted.area}.", autoescape=True))
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
    if wanted.words.strip():
        conditions.append(AuditEntry.subject.icontains(wanted.words.strip(), autoescape=True))
    return sa.select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).options(joinedload(AuditEntry.user))
