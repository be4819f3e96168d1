"""A million messages as people write them, put straight into the tables: a few words often, most words rarely."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, islice
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.models import Account, Conversation, Customer, Identity, Item, ItemKind, Status

ROWS = 10_000
"""Of one statement."""
SYLLABLES = ("ba", "den", "ko", "li", "mar", "nu", "pe", "ros", "sa", "ti", "vel", "zo", "än", "ül", "mör", "çe")
COMMON = (
    "the order is my hello when you and to can it where please thanks a size blue green have in for delivery not "
    "arrived yet vase shoes bitte Größe für schön Bestellung wann 😀 obrigada não refund number still waiting"
)
RARE_WORDS = 20_000
FIRST_NAMES = ("Maria", "Ana", "Jürgen", "Lena", "Zoë", "Tom", "Ivana", "Noah", "Søren", "Mia")


class Talk:
    """Somebody who makes up messages, the same ones for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        made = {"".join(self._chance.choices(SYLLABLES, k=self._chance.randint(2, 5))) for _ in range(RARE_WORDS)}
        self.words = [*COMMON.split(), *sorted(made)]
        self._weights = list(accumulate(1 / rank for rank in range(3, len(self.words) + 3)))

    def message(self) -> str:
        """Return what somebody writes: three to twenty words."""
        return " ".join(self._chance.choices(self.words, cum_weights=self._weights, k=self._chance.randint(3, 20)))

    def name(self) -> str:
        """Return what somebody is called."""
        return f"{self._chance.choice(FIRST_NAMES)} {self._chance.choice(self.words).capitalize()}"


def fill(account: Account, customers: int, messages: int, now: datetime) -> None:
    """Write so many messages of so many customers, the last one now; what the database knows of them is fresh."""
    talk = Talk()
    who = ({"name": talk.name(), "username": f"user.{at}", "created_at": now} for at in range(customers))
    _insert(Customer, who)
    ids = list(db.session().scalars(sa.select(Customer.id).order_by(Customer.id)))
    _insert(Identity, ({"account_id": account.id, "igsid": f"93{one:012}", "customer_id": one} for one in ids))
    _insert(Conversation, (_conversation(account, one, now) for one in ids))
    known = sa.select(Customer.id, Identity.id, Conversation.id).join(Identity).join(Conversation)
    threads = [tuple(row) for row in db.session().execute(known)]
    _insert(Item, (_item(account, threads[at * 7919 % customers], talk, at, messages, now) for at in range(messages)))
    db.commit()
    db.session().execute(sa.text("ANALYZE"))
    db.commit()


def _conversation(account: Account, customer_id: int, now: datetime) -> dict[str, Any]:
    ended = {"closed_at": now, "status": Status.CLOSED, "sort_due_at": utc.FAR_FUTURE, "needs_attention": False}
    return ended | {"customer_id": customer_id, "inbox_id": account.inbox_id, "arrived_at": now, "opened_at": now}


def _item(
    account: Account, thread: tuple[int, ...], talk: Talk, number: int, messages: int, now: datetime
) -> dict[str, Any]:
    customer_id, identity_id, conversation_id = thread
    at = now - timedelta(seconds=20 * (messages - number))
    about = {"customer_id": customer_id, "identity_id": identity_id, "conversation_id": conversation_id}
    kind = {"kind": ItemKind.MESSAGE, "is_inbound": True, "wants_answer": True, "details": {}}
    said = {"at": at, "arrived_at": at, "platform_id": f"mid-{number}", "text": talk.message()}
    return about | kind | said | {"account_id": account.id}


def _insert(model: type[db.Base], rows: Iterator[dict[str, Any]]) -> None:
    while part := list(islice(rows, ROWS)):
        db.session().execute(sa.insert(model), part)
