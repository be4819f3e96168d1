"""A day's events in any order, in any batches, twice over: the timelines are the same (D1, D5, D6)."""

import random

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from igapp import db
from igapp.models import Account, Customer
from tests.infra import outcome
from tests.infra.day import Day, delivery
from tests.instagram import wire
from tests.instagram.stage import drain

CUSTOMERS, EVENTS = 3, 60


@pytest.mark.parametrize("seed", range(12))
def test_g_d5_the_timeline_does_not_depend_on_the_order_of_deliveries(
    client: FlaskClient, account: Account, seed: int
) -> None:
    db.session().rollback()
    dice = random.Random(seed)
    day = Day(EVENTS, CUSTOMERS, "https://lookaside.fbsbx.com/pictures", dice)
    events = day.events * 2
    dice.shuffle(events)
    while events:
        size = dice.randint(1, 9)
        wire.send(client, delivery(events[:size]))
        events = events[size:]
        if dice.random() < 0.5:
            drain()
    drain()
    db.session().rollback()
    found = outcome.items()
    assert sorted(str(item.platform_id) for item in found) == sorted(day.ends)
    assert outcome.wrong(day, found) == []
    assert outcome.miscounted(day, duplicates=len(day.events)) == {}
    assert db.session().scalar(sa.select(sa.func.count()).select_from(Customer)) == CUSTOMERS
