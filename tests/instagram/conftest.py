"""An account that is connected, and what is in the ledger."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import db, jobs
from igapp.instagram import lanes
from igapp.models import Account, Event, Item
from tests.infra.stage import Sandbox
from tests.instagram import wire
from tests.instagram.stage import Interrupted, Meanwhile, Stage, connect_by_hand


@pytest.fixture(autouse=True)
def looking() -> Iterator[None]:
    """Tests look at the database while jobs write to it: on SQLite, what only looks locks nobody out."""
    with db.reading():
        yield


@pytest.fixture
def account(db_session: Session) -> Account:
    """Our brand, connected; its token is nobody's, so no call is made for it."""
    return connect_by_hand()


@pytest.fixture
def deliver(client: FlaskClient, db_session: Session) -> Callable[..., list[Event]]:
    """Delivers bodies through the door, one after the other, drains, and returns all events of the ledger."""

    def run(*bodies: object) -> list[Event]:
        db_session.rollback()
        for body in bodies:
            wire.send(client, body)
            lanes.drain(0, 60, jobs.give_out_work)
        db_session.expire_all()
        return list(db_session.scalars(sa.select(Event).order_by(Event.id)))

    return run


@pytest.fixture
def items(db_session: Session) -> Callable[[], list[Item]]:
    """Returns what stands in the timelines, events of our own left out."""

    def read() -> list[Item]:
        wanted = sa.select(Item).where(Item.is_inbound | Item.platform_id.is_not(None)).order_by(Item.at, Item.id)
        return list(db_session.scalars(wanted))

    return read


@pytest.fixture
def quiet(app: Flask) -> Flask:
    """The app, when nothing of this test is on its way to Redis any more."""
    app.extensions["courier"].flush()
    return app


@pytest.fixture
def stage(sandbox: Sandbox, client: FlaskClient, db_session: Session) -> Stage:
    """An account of the sandbox, connected."""
    return Stage(sandbox, client)


@pytest.fixture
def meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """What is given to it happens while the next call is under way."""

    def let(act: Callable[[], object]) -> None:
        with app.app_context():
            monkeypatch.setitem(app.extensions, "graph", Interrupted(act))

    return let
