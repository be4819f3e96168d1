"""The database that tests share is emptied while the product still works in it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from flask import Flask

from igapp import db, utc
from igapp.models import Customer
from tests.infra.databases import emptying

WAITING_BEGINS = 0.3
"""Seconds; less than Postgres lets pass before it looks for a deadlock."""


def change_the_last_then_the_first(app: Flask, has_begun: threading.Event) -> None:
    """Changes two customers in one transaction, in the order in which nobody deletes."""
    with app.app_context():
        first, last = db.session().scalars(sa.select(Customer).order_by(Customer.id))
        last.name = "Bea, whom the emptier waits for"
        db.session().flush()
        has_begun.set()
        time.sleep(WAITING_BEGINS)
        first.name = "Ana, whom the emptier has deleted by now"
        db.session().flush()
        db.commit()


def test_emptying_begins_again_after_a_deadlock(make_app: Any, fresh_database_url: str) -> None:
    app = make_app(DATABASE_URL=fresh_database_url)
    has_begun = threading.Event()
    with app.app_context(), emptying(fresh_database_url) as emptier, ThreadPoolExecutor() as beside:
        db.session().add_all(Customer(name=name, created_at=utc.now()) for name in ("Ana", "Bea"))
        db.commit()
        changing = beside.submit(change_the_last_then_the_first, app, has_begun)
        has_begun.wait()
        emptier.empty()
        changing.result()
        assert db.session().scalar(sa.select(sa.func.count(Customer.id))) == 0
