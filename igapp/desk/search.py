"""Search over customers and message text (SPEC 4.6), one question with two dialects: FTS5 on SQLite, GIN on Postgres.

Every word must occur; the last one may be the beginning of a word. No index knows what is newest among the many that
a frequent word finds, or any emoji: the newest messages are looked through first, and the rest for rarer words alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from igapp import db
from igapp.desk import terms
from igapp.models import ContactKind, ContactPoint, Customer, Item, ItemKind

SHORTEST_CONTACT = 3
"""Characters of an address or number from which a search by its beginning makes sense."""
NEWEST = 1000
"""Of what SQLite finds so many that came last are put in order; for a single letter, so many items are read."""
NEWEST_ITEMS, NEWEST_CUSTOMERS = 600, 300
"""So many Postgres reads one by one, newest first, before it asks an index for all of them."""
NEWEST_FOR_EMOJI = 10_000
"""Items that are looked through for emoji, newest first."""
CALLED_ALIKE = 100_000
"""Customers with the same words in their names among whom SQLite finds the one of exactly that name."""
SHORTEST_BEGINNING = 2
"""Letters from which SQLite's index is asked for all words that begin so: for one it would gather half of them all."""

Wanted = Callable[[Any], Sequence[sa.ColumnElement[bool]]]
"""Says of a table, or of some of its rows, which are wanted."""

_SIMPLE: sa.ColumnElement[str] = sa.literal_column("'simple'")
_NOTHING: sa.ColumnElement[str] = sa.literal_column("''")
_SPACE: sa.ColumnElement[str] = sa.literal_column("' '")
_ALL: sa.ColumnElement[str] = sa.literal_column("'g'")
_LENGTH: sa.ColumnElement[int] = sa.literal_column("20000")
_FORM: sa.ColumnElement[str] = sa.literal_column("NFKD")
_ACCENTS: sa.ColumnElement[str] = sa.literal_column(r"'[\u0300-\u036f]+'")
_SIGNS: sa.ColumnElement[str] = sa.literal_column(r"'[!-/:-@\[-`{-~]+'")


@dataclass(frozen=True)
class Rows:
    """What Postgres searches: how many of a table are looked through one by one, and by what they are ordered."""

    table: Any
    newest: int
    order: Sequence[str]


ITEMS, CUSTOMERS = Rows(Item, NEWEST_ITEMS, ("at", "id")), Rows(Customer, NEWEST_CUSTOMERS, ("id",))


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
    words, emoji = _words(question), terms.emoji_of(question)
    named = _customers(question, words, limit) if words else []
    return Results(named, _messages(words, emoji, limit) if words or emoji else [])


def is_called(name: str) -> sa.ColumnElement[bool]:
    """Whether a customer has exactly this name or username, in any case; found by its words."""
    words, lower = _words(name), name.lower()
    is_it = sa.or_(sa.func.lower(Customer.username) == lower, sa.func.lower(Customer.name) == lower)
    if not words:
        return is_it
    alike = Customer.id.in_(_indexed("customers_search", words, CALLED_ALIKE, may_go_on=False))
    return sa.and_(_is_named(Customer, words) if db.is_postgres() else alike, is_it)


def _words(question: str) -> list[str]:
    """Return the words to ask for: SQLite's index takes accents away by itself, and knows no other forms."""
    return terms.of(terms.plain(question) if db.is_postgres() else question)


def _messages(words: list[str], emoji: list[str], limit: int) -> list[Found]:
    ids = _matching_ids(words, emoji, limit) if words else _newest_holding(emoji, limit)
    wanted = sa.select(Item).where(Item.id.in_(ids), _is_message(Item), *_holds(Item, emoji))
    newest_first = wanted.order_by(Item.at.desc(), Item.id.desc()).limit(limit)
    items = db.session().scalars(newest_first.options(joinedload(Item.customer))).all()
    return [Found(item.customer, terms.line_around(item.text or "", words + emoji), item.id, item.at) for item in items]


def _matching_ids(words: list[str], emoji: list[str], limit: int) -> Any:
    """The numbers of messages, or the question for them, among which are the newest that have the words."""
    if db.is_postgres():
        return _newest_ids(ITEMS, lambda items: _has(items, words, emoji), limit)
    if len(words[-1]) >= SHORTEST_BEGINNING:
        return _indexed("items_search", words, NEWEST)
    newest = db.session().execute(_texts(NEWEST, emoji)).all()
    found = [number for number, text in newest if terms.begins(text or "", words)][:limit]
    if len(found) < limit:
        found += db.session().scalars(_indexed("items_search", words, NEWEST, may_go_on=False))
    return found


def _newest_holding(emoji: list[str], limit: int) -> list[int]:
    return list(db.session().scalars(_texts(NEWEST_FOR_EMOJI, emoji).limit(limit)))


def _holds(items: type[Item], emoji: list[str]) -> list[sa.ColumnElement[bool]]:
    return [items.text.contains(sign, autoescape=True) for sign in emoji]


def _texts(most: int, emoji: list[str]) -> sa.Select[int, str | None]:
    """Of the newest items those that are messages and hold the emoji, newest first."""
    newest = aliased(Item, sa.select(Item).order_by(Item.at.desc(), Item.id.desc()).limit(most).subquery())
    wanted = sa.select(newest.id, newest.text).where(_is_message(newest), *_holds(newest, emoji))
    return wanted.order_by(newest.at.desc(), newest.id.desc())


def _newest_ids(rows: Rows, wanted: Wanted, limit: int) -> list[int]:
    """Postgres: the newest rows that are wanted, of the newest of all if they suffice, else by the index."""
    newest = sa.select(rows.table).order_by(*_newest_first(rows, rows.table)).limit(rows.newest)
    found = _ids(rows, aliased(rows.table, newest.subquery()), wanted, limit)
    return found if len(found) == limit else _ids(rows, rows.table, wanted, limit)


def _ids(rows: Rows, some: Any, wanted: Wanted, limit: int) -> list[int]:
    """All matches are gathered before any order is thought of: the planner would read every row for a word that
    it takes to be frequent, in the hope of meeting it soon.
    """
    columns = [getattr(some, name) for name in rows.order]
    found = sa.select(*columns).where(*wanted(some)).cte("found").prefix_with("MATERIALIZED")
    return list(db.session().scalars(sa.select(found.c.id).order_by(*_newest_first(rows, found.c)).limit(limit)))


def _newest_first(rows: Rows, some: Any) -> list[sa.ColumnElement[Any]]:
    return [getattr(some, name).desc() for name in rows.order]


def _has(items: type[Item], words: list[str], emoji: list[str]) -> Sequence[sa.ColumnElement[bool]]:
    return _has_words(_or_nothing(items.text), words), *_holds(items, emoji), _is_message(items)


def _is_message(items: type[Item]) -> sa.ColumnElement[bool]:
    """Neither taken back nor written by the product."""
    return sa.and_(items.deleted_at.is_(None), items.kind != ItemKind.EVENT)


def _customers(question: str, words: list[str], limit: int) -> list[Found]:
    by_name = sa.select(Customer).where(Customer.id.in_(_customer_ids(words, limit)), Customer.merged_into_id.is_(None))
    found = db.session().scalars(by_name.order_by(Customer.id.desc()).limit(limit))
    named = [Found(one, _naming(one)) for one in found]
    known = {one.customer.id for one in named}
    return (named + [one for one in _by_contact(question, limit) if one.customer.id not in known])[:limit]


def _customer_ids(words: list[str], limit: int) -> Any:
    """The numbers of customers, or the question for them, among which are the newest whose names have the words."""
    if not db.is_postgres():
        return _indexed("customers_search", words, NEWEST)
    return _newest_ids(CUSTOMERS, lambda some: (_is_named(some, words), some.merged_into_id.is_(None)), limit)


def _is_named(customers: type[Customer], words: list[str]) -> sa.ColumnElement[bool]:
    names = _or_nothing(customers.name).concat(_SPACE).concat(_or_nothing(customers.username))
    return _has_words(names, words)


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
    """Postgres: what its indexes are over, sign for sign (migrations/search.py)."""
    query = " & ".join([*words[:-1], words[-1] + ":*"])
    beginning = sa.func.normalize(sa.func.left(text, _LENGTH), _FORM)
    parted = sa.func.regexp_replace(sa.func.regexp_replace(beginning, _ACCENTS, _NOTHING, _ALL), _SIGNS, _SPACE, _ALL)
    return sa.func.to_tsvector(_SIMPLE, parted).bool_op("@@")(sa.func.to_tsquery(_SIMPLE, query))


def _or_nothing(text: Any) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(text, _NOTHING)


def _indexed(index: str, words: list[str], most: int, *, may_go_on: bool = True) -> sa.Select[int]:
    """SQLite: the numbers that the index has for the words, those that came last first; the last one may go on."""
    query = " ".join(f'"{word}"' for word in words) + ("*" if may_go_on else "")
    found = sa.table(index, sa.column("rowid", sa.Integer()))
    matching = sa.literal_column(index).bool_op("MATCH")(query)
    return sa.select(found.c.rowid).where(matching).order_by(found.c.rowid.desc()).limit(most)


def _naming(customer: Customer) -> str:
    return f"@{customer.username}" if customer.username else customer.display_name
