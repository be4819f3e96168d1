"""A thread's events in any order, in any batches, twice over: the timeline is the same (D1, D5, D6)."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from igapp import db
from igapp.desk import ledger
from igapp.models import Account, Customer, Item
from tests.instagram import wire
from tests.instagram.stage import drain

PEOPLE = ("1", "2", "3")
MESSAGES = 8
"""Of each customer."""


@dataclass
class Told:
    """What a message must look like in the end."""

    at: int
    text: str
    reaction: str | None = None
    is_deleted: bool = False


@dataclass
class Script:
    """Everything that happens, and what must come of it."""

    dice: random.Random
    events: list[Any] = field(default_factory=list)
    ends: dict[str, Told] = field(default_factory=dict)

    def write(self) -> "Script":
        for person in PEOPLE:
            for number in range(MESSAGES):
                self._message(person, f"{person}-{number}", wire.START + number * 60_000)
        return self

    def _message(self, person: str, mid: str, at: int) -> None:
        is_ours = self.dice.random() < 0.25
        write = wire.echo if is_ours else wire.text
        self.events.append(write(f"text of {mid}", person, at, mid))
        told = self.ends[mid] = Told(at, f"text of {mid}")
        if is_ours:
            self.events.append(wire.item(person, at + 5000, read={"mid": mid}))
        elif self.dice.random() < 0.4:
            self._edit(person, mid, told)
        if self.dice.random() < 0.4:
            self._react(person, mid, told)
        if self.dice.random() < 0.2:
            self._unsend(person, mid, told, is_ours=is_ours)

    def _edit(self, person: str, mid: str, told: Told) -> None:
        for number in (1, 2):
            told.text = f"edit {number} of {mid}"
            edit = {"mid": mid, "text": told.text, "num_edit": number}
            self.events.append(wire.item(person, told.at + number * 1000, message_edit=edit))

    def _react(self, person: str, mid: str, told: Told) -> None:
        steps = [("🔥", "react"), ("❤️", "react"), (None, "unreact")][: self.dice.randint(1, 3)]
        for number, (emoji, action) in enumerate(steps):
            told.reaction = emoji
            reaction = {"mid": mid, "action": action} | ({"emoji": emoji} if emoji else {})
            self.events.append(wire.item(person, told.at + 3000 + number * 100, reaction=reaction))

    def _unsend(self, person: str, mid: str, told: Told, *, is_ours: bool) -> None:
        told.is_deleted, told.text, told.reaction = True, "", None
        write = wire.own_item if is_ours else wire.item
        self.events.append(write(person, told.at + 9000, message={"mid": mid, "is_deleted": True}))


@pytest.mark.parametrize("seed", range(12))
def test_g_d5_the_timeline_does_not_depend_on_the_order_of_deliveries(
    client: FlaskClient, account: Account, seed: int
) -> None:
    db.session().rollback()
    dice = random.Random(seed)
    script = Script(dice).write()
    deliveries = script.events * 2
    dice.shuffle(deliveries)
    while deliveries:
        size = dice.randint(1, 9)
        wire.send(client, wire.body(*deliveries[:size]))
        deliveries = deliveries[size:]
        if dice.random() < 0.5:
            drain()
    drain()
    assert _shown() == [(mid, told.text, told.reaction, told.is_deleted) for mid, told in sorted(script.ends.items())]
    status = ledger.status()
    assert (status["failed"], status["pending"], status["received"]) == (0, 0, len(script.events))
    assert status["duplicates"] == len(script.events)
    assert db.session().scalar(sa.select(sa.func.count()).select_from(Customer)) == len(PEOPLE)


def _shown() -> list[tuple[str | None, str, str | None, bool]]:
    db.session().rollback()
    wanted = sa.select(Item).where(Item.platform_id.is_not(None)).order_by(Item.customer_id, Item.at, Item.id)
    found = [(one.platform_id, one.text or "", one.reaction, one.is_deleted) for one in db.session().scalars(wanted)]
    orders = [[mid for mid, *_ in found if mid and mid.startswith(f"{person}-")] for person in PEOPLE]
    assert orders == [[f"{person}-{number}" for number in range(MESSAGES)] for person in PEOPLE]
    return sorted(found, key=lambda row: row[0] or "")
