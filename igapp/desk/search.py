"""Search over customers and message text (SPEC 4.6), one question with two dialects: FTS5 on SQLite, GIN on Postgres.

Every word must occur; the last one may be the beginning of a word. No index knows what is newest among the many that
a frequent word finds, or any emoji: the newest messages are looked through first, and the rest for rarer words alone.
"""

import re
import unicodedata
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
NEWEST_FOR_EMOJI = 10_000
"""Items that are looked through for emoji, newest first."""
SHORTEST_BEGINNING = 2
"""Letters from which SQLite's index is asked for all words that begin so: for one it would gather half of them all."""

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
    words, emoji = _words(question), _emoji(question)
    named = _customers(question, words, limit) if words else []
    return Results(named, _messages(words, emoji, limit) if words or emoji else [])


def line_around(text: str, words: list[str]) -> str:
    """Return the part of a text around the first word that matches, on one line."""
    flat = " ".join(text.split())
    places = [place for word in words if (place := flat.casefold().find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - LINE_LENGTH // 3)
    part = flat[start : start + LINE_LENGTH]
    return ("…" if start else "") + part + ("…" if start + LINE_LENGTH < len(flat) else "")


def _words(question: str) -> list[str]:
    return re.findall(r"\w+", question)[:WORDS_LIMIT]


def _emoji(question: str) -> list[str]:
    """Return the emoji of a question without their colours and joints."""
    return [sign for sign in dict.fromkeys(question) if unicodedata.category(sign) == "So"][:WORDS_LIMIT]


def _messages(words: list[str], emoji: list[str], limit: int) -> list[Found]:
    ids = _matching_ids(words, emoji, limit) if words else _newest_holding(emoji, limit)
    wanted = sa.select(Item).where(Item.id.in_(ids), _is_message(Item), *_holds(Item, emoji))
    newest_first = wanted.order_by(Item.at.desc(), Item.id.desc()).limit(limit)
    items = db.session().scalars(newest_first.options(joinedload(Item.customer))).all()
    return [Found(item.customer, line_around(item.text or "", words + emoji), item.id, item.at) for item in items]


def _matching_ids(words: list[str], emoji: list[str], limit: int) -> Any:
    """The numbers of messages, or the question for them, among which are the newest that have the words."""
    if db.is_postgres():
        return _newest_ids(words, emoji, limit)
    if len(words[-1]) >= SHORTEST_BEGINNING:
        return _indexed("items_search", words, NEWEST)
    newest = db.session().execute(_texts(NEWEST, emoji)).all()
    found = [number for number, text in newest if _reads(text or "", words)][:limit]
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


def _reads(text: str, words: list[str]) -> bool:
    """Whether a text has the words as the index would find them, and one that begins as the last."""
    there = set(_words_of(text))
    *whole, beginning = [_plain(word) for word in words]
    return there.issuperset(whole) and any(word.startswith(beginning) for word in there)


def _words_of(text: str) -> list[str]:
    return re.findall(r"\w+", _plain(text))


def _plain(text: str) -> str:
    """Without case and accents."""
    taken_apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in taken_apart if not unicodedata.combining(sign)).casefold()


def _newest_ids(words: list[str], emoji: list[str], limit: int) -> list[int]:
    """Postgres: the newest messages with the words, of the newest items if they suffice, else by the index."""
    recent = sa.select(Item).order_by(Item.at.desc(), Item.id.desc()).limit(NEWEST).subquery()
    found = _ids(aliased(Item, recent), words, emoji, limit)
    return found if len(found) == limit else _ids(Item, words, emoji, limit)


def _ids(items: type[Item], words: list[str], emoji: list[str], limit: int) -> list[int]:
    """All matches are gathered before any order is thought of: the planner would read every item for a word that
    it takes to be frequent, in the hope of meeting it soon.
    """
    has_all = (_has_words(_or_nothing(items.text), words), *_holds(items, emoji), _is_message(items))
    found = sa.select(items.id, items.at).where(*has_all).cte("found").prefix_with("MATERIALIZED")
    return list(db.session().scalars(sa.select(found.c.id).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)))


def _is_message(items: type[Item]) -> sa.ColumnElement[bool]:
    """Neither taken back nor written by the product."""
    return sa.and_(items.deleted_at.is_(None), items.kind != ItemKind.EVENT)


def _customers(question: str, words: list[str], limit: int) -> list[Found]:
    naming = _or_nothing(Customer.name).concat(_SPACE).concat(_or_nothing(Customer.username))
    in_index = Customer.id.in_(_indexed("customers_search", words, NEWEST))
    is_named = _has_words(naming, words) if db.is_postgres() else in_index
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


def _indexed(index: str, words: list[str], most: int, *, may_go_on: bool = True) -> sa.Select[int]:
    """SQLite: the numbers that the index has for the words, those that came last first; the last one may go on."""
    terms = " ".join(f'"{word}"' for word in words) + ("*" if may_go_on else "")
    found = sa.table(index, sa.column("rowid", sa.Integer()))
    matching = sa.literal_column(index).bool_op("MATCH")(terms)
    return sa.select(found.c.rowid).where(matching).order_by(found.c.rowid.desc()).limit(most)


def _naming(customer: Customer) -> str:
    return f"@{customer.username}" if customer.username else customer.display_name
