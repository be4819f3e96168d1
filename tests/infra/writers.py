"""People who have written to the company through the sandbox, for those who answer them by the hundred."""

from flask import Flask
from sqlalchemy import func, select

from igapp import db, utc
from igapp.desk import settings
from igapp.instagram import connect
from igapp.models import Identity, Role
from launching.processes import wait_until
from tests.factories import make_user
from tests.infra.stage import Stage

RATE = 10_000
"""Messages in 5 minutes: our own limit shall not be what is measured."""


def be_written_to(stage: Stage, customers: int) -> int:
    """Connect the account of a running stage, and let so many people write once; returns an administrator's id."""
    token = stage.sandbox.get("/_sandbox/state")["accounts"][0]["token"]
    with stage.app.app_context():
        connect.by_token(token, utc.now())
        ada = make_user("Ada", Role.ADMIN)
        settings.change(ada, utc.now(), sends_per_window=RATE)
        db.commit()
        ada_id = ada.id
    people = [{"key": f"p{number}", "username": f"p{number}", "name": f"P {number}"} for number in range(customers)]
    stage.sandbox.post("/_sandbox/people", people)  # type: ignore[arg-type]  # a list is JSON too
    events = [{"kind": "text", "person": f"p{number}", "text": "Hello?"} for number in range(customers)]
    stage.sandbox.post("/_sandbox/events", {"events": events, "deliver": "one-body"})
    wait_until(lambda: _known(stage.app) == customers, "everybody to be known", seconds=60)
    return ada_id


def _known(app: Flask) -> int:
    with app.app_context():
        return db.session().scalar(select(func.count()).select_from(Identity)) or 0
