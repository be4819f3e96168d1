"""Internal notes: never sent, with teammates mentioned and told (SPEC 6.12); neither SLA nor routing."""

import re
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from igapp import bell, db
from igapp.desk import conversations, timeline
from igapp.desk.refusal import Refused
from igapp.models import Customer, Item, ItemKind, Mention, User

LIMIT = 5000
"""Characters of one note."""


def write(customer: Customer, user: User, text: str, key: str, now: datetime) -> Item:
    """Write a note into the customer's timeline; the same `key` writes once."""
    conversation = conversations.current(customer) or conversations.last(customer)
    if conversation is None:
        raise Refused("There is no conversation to note anything in yet.")
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise Refused("Write a note first.")
    if len(words) > LIMIT:
        raise Refused(f"The note has {len(words)} characters; {LIMIT} fit.")
    done = _by_key(conversation.id, key)
    if done is not None:
        return done
    item = Item(kind=ItemKind.NOTE, at=now, arrived_at=now, text=words, author=user, details={"key": key})
    timeline.add(conversation, item)
    db.session().flush()
    for mentioned in _mentioned(words, user):
        db.session().add(Mention(item_id=item.id, user_id=mentioned.id))
        bell.ring(f"desk:{mentioned.id}")
    return item


def unseen(user_id: int) -> list[Mention]:
    """Return the mentions that the user has not looked at, newest first."""
    wanted = sa.select(Mention).where(Mention.user_id == user_id, Mention.seen_at.is_(None))
    told = wanted.order_by(Mention.id.desc()).limit(20)
    about = selectinload(Mention.item).options(  # asked for only where there are any, which is seldom
        load_only(Item.customer_id, Item.author_id, Item.text), timeline.author_name(), joinedload(Item.customer)
    )
    return list(db.session().scalars(told.options(about)))


def looked(user_id: int, customer: Customer, now: datetime) -> None:
    """The user opened the customer's profile: their mentions there are seen."""
    here = sa.select(Item.id).where(Item.customer_id == customer.id, Item.kind == ItemKind.NOTE)
    mentions = sa.update(Mention).where(
        Mention.user_id == user_id, Mention.seen_at.is_(None), Mention.item_id.in_(here)
    )
    if db.change(mentions.values(seen_at=now)):
        bell.ring(f"desk:{user_id}")


def mates(beginning: str, user: User, limit: int) -> list[User]:
    """Return the teammates one of whose names begins with what was typed."""
    start = " ".join(beginning.split()).casefold()
    others = db.session().scalars(sa.select(User).where(User.is_active, User.id != user.id).order_by(User.name))
    return [one for one in others if f" {one.name}".casefold().find(f" {start}") >= 0][:limit]


def _by_key(conversation_id: int, key: str) -> Item | None:
    recent = (
        sa.select(Item)
        .where(Item.conversation_id == conversation_id, Item.kind == ItemKind.NOTE)
        .order_by(Item.at.desc(), Item.id.desc())
        .limit(20)
    )
    return next((item for item in db.session().scalars(recent) if item.details.get("key") == key), None)


def _mentioned(text: str, author: User) -> list[User]:
    """Return the active teammates whose name follows an @; where several fit, the longest name counts."""
    if "@" not in text:
        return []
    teammates = db.session().scalars(sa.select(User).where(User.is_active, User.id != author.id)).all()
    by_name: dict[str, set[User]] = {}
    for mate in teammates:
        for name in (mate.name, mate.first_name):
            by_name.setdefault(name.casefold(), set()).add(mate)
    longest_first = sorted(by_name, key=len, reverse=True)
    names = "|".join(re.escape(name) for name in longest_first)
    called = re.findall(rf"(?<!\w)@({names})(?!\w)", text.casefold()) if names else []
    return sorted({mate for name in called for mate in by_name[name]}, key=lambda mate: mate.id)
