"""What a benchmark stands on: a product of its own on a durable database, and the people and accounts in it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from flask import Flask

from benchmarks.bodies import ACCOUNT
from igapp import db, utc
from igapp.models import Account, Agent, Event, Inbox, InboxMember, Outcome, Presence, Role, User
from launching.servers import PostgresServer, postgres_server
from tests.infra.databases import Databases
from tests.infra.stage import Stage

ENGINES = ("sqlite", "postgres")
NAMES = {"sqlite": "SQLite", "postgres": "Postgres"}


class Ground:
    """Makes stages on one engine. Postgres keeps its promises: fsync is on."""

    def __init__(self, engine: str, folder: Path, server: PostgresServer | None) -> None:
        self.engine = engine
        self._folder = folder
        self._databases = Databases(folder, server)
        self._made = 0

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """Make a product on a database of its own, not started yet; it is stopped when the block ends."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        stage = Stage(folder, self._databases.migrated())
        stage.environment["FLOOR_DATABASE_URL"] = self._databases.empty()
        try:
            yield stage
        except BaseException:
            _show_logs(folder)
            raise
        finally:
            stage.close()


@contextmanager
def ground(engine: str) -> Iterator[Ground]:
    """Return the ground of one engine, with its server if it needs one."""
    with TemporaryDirectory(prefix="bench-") as folder:
        server = postgres_server(is_durable=True) if engine == "postgres" else None
        try:
            yield Ground(engine, Path(folder), server)
        finally:
            if server:
                server.stop()


def _show_logs(folder: Path) -> None:
    """Show what the processes said last, before their logs are deleted."""
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-15:], sep="\n", file=sys.stderr)


def is_postgres(stage: Stage) -> bool:
    """Whether a stage's product is on Postgres."""
    return stage.environment["DATABASE_URL"].startswith("postgres")


def tidy(stage: Stage) -> None:
    """Do at once what Postgres would do by itself, beside the measurement, after so many rows."""
    if is_postgres(stage):
        with stage.app.app_context(), db.db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))


def add_account(app: Flask) -> None:
    """Connect the account that the deliveries are for."""
    with app.app_context():
        inbox = db.session().scalars(sa.select(Inbox).where(Inbox.is_default)).one()
        account = Account(ig_user_id=ACCOUNT, username="our.brand", inbox=inbox, connected_at=utc.now())
        db.session().add(account)
        db.commit()


def add_agents(app: Flask, number: int, *, are_available: bool, first: int = 0) -> list[User]:
    """Make agents of the first inbox, just heard from; returns them, loaded."""
    with app.app_context():
        inbox = db.session().scalars(sa.select(Inbox).where(Inbox.is_default)).one()
        made = [_agent(first + at, are_available=are_available) for at in range(number)]
        db.session().add_all(made)
        db.session().flush()
        for user in made:
            db.session().add(InboxMember(inbox_id=inbox.id, user_id=user.id))
            db.session().add(Presence(user_id=user.id, seen_at=utc.now() + utc.hours(1)))
        db.commit()
        for user in made:
            db.session().refresh(user)
        db.session().expunge_all()
        return made


def pending(app: Flask) -> int:
    """Return how many events have no outcome yet."""
    with app.app_context():
        wanted = sa.select(sa.func.count()).where(Event.outcome == Outcome.PENDING)
        return db.session().scalar(wanted) or 0


def wait_until_applied(app: Flask, seconds: float = 60) -> None:
    """Wait until no event is pending and check that all were applied."""
    deadline = time.monotonic() + seconds
    while pending(app):
        assert time.monotonic() < deadline, f"{pending(app)} events were not applied within {seconds:.0f} s"
        time.sleep(0.1)
    with app.app_context():
        wanted = sa.select(Event.reason).where(Event.outcome != Outcome.APPLIED).limit(3)
        assert not (other := db.session().scalars(wanted).all()), f"events that were not applied: {other}"


def _agent(at: int, *, are_available: bool) -> User:
    user = User(name=f"Agent {at}", email=f"agent{at}@our.brand", role=Role.AGENT, created_at=utc.now())
    user.agent = Agent(is_available=are_available)
    return user
