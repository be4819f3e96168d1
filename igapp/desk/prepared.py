"""Answers: prepared replies, found by typing, filled with names (SPEC 6.9)."""

import re
from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import audit, customers, names
from igapp.desk.refusal import Refused
from igapp.models import Answer, Customer, User

NAME_LIMIT = 80
"""Characters of an answer's name."""
TEXT_LIMIT = 2000
"""Characters of an answer; the composer counts the final text."""
VARIABLES = {"customer_first_name": "the customer's first name", "agent_name": "your name"}
"""What may stand in double braces, and what it becomes."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def search(words: str, limit: int | None = 20) -> list[Answer]:
    """Return the answers whose name or text contains all the words, by name; None: however many there are."""
    wanted = sa.select(Answer).order_by(Answer.name)
    terms = words.casefold().split()
    found = [one for one in db.session().scalars(wanted) if all(term in _haystack(one) for term in terms)]
    return found[:limit]


def filled(answer: Answer, customer: Customer, user: User) -> str:
    """Return the answer's text with its variables filled in."""
    values = {"customer_first_name": customers.first_name(customer), "agent_name": user.first_name}
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), answer.text)


def save(answer: Answer | None, name: str, text: str, user: User, now: datetime) -> Answer:
    """Write a new answer, or change one; Refused where name or text will not do."""
    name, text = " ".join(name.split()), text.replace("\r\n", "\n").strip()
    if not name or len(name) > NAME_LIMIT:
        raise Refused(f"An answer needs a name of 1 to {NAME_LIMIT} characters.", "name")
    if not text or len(text) > TEXT_LIMIT:
        raise Refused(f"An answer needs a text of 1 to {TEXT_LIMIT} characters.", "text")
    _check_free(name, answer)
    kept = answer or Answer()
    kept.name, kept.text, kept.changed_at, kept.changed_by_id = name, text, now, user.id
    db.session().add(kept)
    audit.record(user, "answer.saved", name, now)
    return kept


def delete(answer: Answer, user: User, now: datetime) -> None:
    """Remove an answer."""
    audit.record(user, "answer.deleted", answer.name, now)
    db.session().delete(answer)


def _check_free(name: str, answer: Answer | None) -> None:
    db.take_turn("answers")
    for number, other in db.session().execute(sa.select(Answer.id, Answer.name)):
        if names.are_same(other, name) and (answer is None or number != answer.id):
            raise Refused(f"There is an answer “{other}” already.", "name")


def _haystack(answer: Answer) -> str:
    return f"{answer.name} {answer.text}".casefold()
