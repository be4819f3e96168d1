"""Search over customers and message text (SPEC 4.6), one question with two dialects: FTS5 on SQLite, GIN on Postgres.

Every word must occur; the last one may be the beginning of a word. No index knows what is newest among the many that
a frequent word finds, so the newest messages are looked through first, and the rest only for rarer words.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from igapp import db
from igapp.models import ContactKind, ContactPoint, Customer, Item, ItemKind

LINE_LENGTH = 160
"""Characters of the matching line that a result shows."""
WORDS_LIMIT = 10
"""Words of a question that count."""
SHORTEST_CONTACT = 3
"""Characters of an address or number from which a search by its beginning makes sense."""
NEWEST = 1000
"""Items that are looked through one by one, newest first; on SQLite, matches that are put in order of time."""

_SIMPLE: sa.ColumnElement[str] = sa.literal_column("'simple'")
_NOTHING: sa.ColumnElement[str] = sa.literal_column("''")
_SPACE: sa.ColumnElement[str] = sa.literal_column("' '")


@dataclass(frozen=True)
class Found:
    """A customer, and the line that matched."""

    customer: Customer
    line: str
    item_id: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Results:
    """What a question found: customers by name, username, email or phone, and messages, newest first."""

    customers: list[Found]
    messages: list[Found]


def find(question: str, limit: int = 20) -> Results:
    """Search; an empty question finds nothing."""
    words = _words(question)
    if not words:
        return Results([], [])
    return Results(_customers(question, words, limit), _messages(words, limit))


def line_around(text: str, words: list[str]) -> str:
    """Return the part of a text around the first word that matches, on one line."""
    flat = " ".join(text.split())
    places = [place for word in words if (place := flat.casefold().find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - LINE_LENGTH // 3)
    part = flat[start : start + LINE_LENGTH]
    return ("…" if start else "") + part + ("…" if start + LINE_LENGTH < len(flat) else "")


def _words(question: str) -> list[str]:
    return re.findall(r"\w+", question)[:WORDS_LIMIT]


def _messages(words: list[str], limit: int) -> list[Found]:
    ids = _newest_ids(words, limit) if db.is_postgres() else _is_indexed(Item, "items_search", words, NEWEST)
    wanted = sa.select(Item).where(Item.id.in_(ids) if isinstance(ids, list) else ids, _is_message(Item))
    newest_first = wanted.order_by(Item.at.desc(), Item.id.desc()).limit(limit)
    items = db.session().scalars(newest_first.options(joinedload(Item.customer))).all()
    return [Found(item.customer, line_around(item.text or "", words), item.id, item.at) for item in items]


def _newest_ids(words: list[str], limit: int) -> list[int]:
    """Postgres: the newest messages with the words, of the newest items if they suffice, else by the index."""
    recent = sa.select(Item).order_by(Item.at.desc(), Item.id.desc()).limit(NEWEST).subquery()
    found = _ids(aliased(Item, recent), words, limit)
    return found if len(found) == limit else _ids(Item, words, limit)


def _ids(items: type[Item], words: list[str], limit: int) -> list[int]:
    """All matches are gathered before any order is thought of: the planner would read every item for a word that
    it takes to be frequent, in the hope of meeting it soon.
    """
    matching = sa.select(items.id, items.at).where(_has_words(_or_nothing(items.text), words), _is_message(items))
    found = matching.cte("found").prefix_with("MATERIALIZED")
    return list(db.session().scalars(sa.select(found.c.id).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)))


def _is_message(items: type[Item]) -> sa.ColumnElement[bool]:
    """Neither taken back nor written by the product."""
    return sa.and_(items.deleted_at.is_(None), items.kind != ItemKind.EVENT)


def _customers(question: str, words: list[str], limit: int) -> list[Found]:
    naming = _or_nothing(Customer.name).concat(_SPACE).concat(_or_nothing(Customer.username))
    is_named = _has_words(naming, words) if db.is_postgres() else _is_indexed(Customer, "customers_search", words)
    by_name = sa.select(Customer).where(is_named, Customer.merged_into_id.is_(None))
    found = db.session().scalars(by_name.order_by(Customer.id.desc()).limit(limit))
    named = [Found(one, _naming(one)) for one in found]
    known = {one.customer.id for one in named}
    return (named + [one for one in _by_contact(question, limit) if one.customer.id not in known])[:limit]


def _by_contact(question: str, limit: int) -> list[Found]:
    """An email address or phone number, from its beginning; phones without their separators."""
    text = question.strip().casefold()
    digits = re.sub(r"[^\d+]", "", text)
    starts = [text] if "@" in text or not digits else [text, digits, "+" + digits.lstrip("+")]
    beginning = sa.or_(
        sa.false(), *(_starts_with(start) for start in starts if len(start.lstrip("+")) >= SHORTEST_CONTACT)
    )
    wanted = (
        sa.select(ContactPoint, Customer)
        .join(Customer, Customer.id == ContactPoint.customer_id)
        .where(ContactPoint.kind.in_(ContactKind), beginning)
        .limit(limit)
    )
    return [Found(row.Customer, row.ContactPoint.value) for row in db.session().execute(wanted)]


def _starts_with(start: str) -> sa.ColumnElement[bool]:
    """A range, so that the index serves it whatever the collation of LIKE."""
    return sa.and_(ContactPoint.matched_value >= start, ContactPoint.matched_value < start + "\uffff")


def _has_words(text: sa.ColumnElement[Any], words: list[str]) -> sa.ColumnElement[bool]:
    """Postgres: what its indexes are over, word for word."""
    terms = " & ".join([*words[:-1], words[-1] + ":*"])
    return sa.func.to_tsvector(_SIMPLE, text).bool_op("@@")(sa.func.to_tsquery(_SIMPLE, terms))


def _or_nothing(text: Any) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(text, _NOTHING)


def _is_indexed(model: type[Item] | type[Customer], index: str, words: list[str], most: int = -1) -> Any:
    """SQLite: the numbers that the index has for the words, those that came last first."""
    terms = " ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'])
    found = sa.table(index, sa.column("rowid"))
    matching = sa.literal_column(index).bool_op("MATCH")(terms)
    return model.id.in_(sa.select(found.c.rowid).where(matching).order_by(found.c.rowid.desc()).limit(most))


def _naming(customer: Customer) -> str:
    return f"@{customer.username}" if customer.username else customer.display_name
