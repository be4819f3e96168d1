"""Search over customers and over message text, one question with two dialects (SPEC 4.6).

The indexes are made by the migrations: FTS5 tables on SQLite, GIN over to_tsvector('simple') on Postgres.
Every word must occur; the last one may be the beginning of a word.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from igapp import db
from igapp.models import ContactPoint, Customer, Item

LINE_LENGTH = 160
"""Characters of the matching line that a result shows."""
WORDS_LIMIT = 10
"""Words of a question that count."""
SHORTEST_CONTACT = 3
"""Characters of an address or number from which a search by its beginning makes sense."""

_POSTGRES = {
    Item: "to_tsvector('simple', coalesce(items.text, '')) @@ to_tsquery('simple', :terms)",
    Customer: (
        "to_tsvector('simple', coalesce(customers.name, '') || ' ' || coalesce(customers.username, ''))"
        " @@ to_tsquery('simple', :terms)"
    ),
}
_SQLITE = {
    Item: "items.id IN (SELECT rowid FROM items_search WHERE items_search MATCH :terms)",
    Customer: "customers.id IN (SELECT rowid FROM customers_search WHERE customers_search MATCH :terms)",
}


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
    matching = _matching(Item, words)
    wanted = (
        sa.select(Item)
        .where(matching, Item.deleted_at.is_(None))
        .order_by(Item.at.desc(), Item.id.desc())
        .limit(limit)
        .options(joinedload(Item.customer))
    )
    items = db.session().scalars(wanted).all()
    return [Found(item.customer, line_around(item.text or "", words), item.id, item.at) for item in items]


def _customers(question: str, words: list[str], limit: int) -> list[Found]:
    by_name = sa.select(Customer).where(_matching(Customer, words), Customer.merged_into_id.is_(None))
    named = [
        Found(one, _naming(one)) for one in db.session().scalars(by_name.order_by(Customer.id.desc()).limit(limit))
    ]
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
        .where(beginning)
        .limit(limit)
    )
    return [Found(row.Customer, row.ContactPoint.value) for row in db.session().execute(wanted)]


def _starts_with(start: str) -> sa.ColumnElement[bool]:
    """A range, so that the index serves it whatever the collation of LIKE."""
    return sa.and_(ContactPoint.matched_value >= start, ContactPoint.matched_value < start + "\uffff")


def _matching(model: type[Item] | type[Customer], words: list[str]) -> sa.ColumnElement[bool]:
    if db.is_postgres():
        condition, terms = _POSTGRES[model], " & ".join([*words[:-1], words[-1] + ":*"])
    else:
        condition = _SQLITE[model]
        terms = " ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'])
    return sa.and_(sa.true(), sa.text(condition).bindparams(terms=terms))


def _naming(customer: Customer) -> str:
    return f"@{customer.username}" if customer.username else customer.display_name
