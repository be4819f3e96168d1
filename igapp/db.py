"""The database: base class of the tables, the session, moments in UTC, and what waits for a commit.

The same code runs on SQLite and Postgres; what they do differently is settled here and in engines.py, and nowhere else.
"""

import enum
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.orm.exc import StaleDataError

from igapp.engines import reads_only

TRIES = 6
"""How often a transaction that others got in the way of is begun again."""
PAUSE_SECONDS = 0.05
"""At most so long, and longer each time, is waited before it is begun again."""
GOT_IN_THE_WAY = frozenset({"40001", "40P01", "55P03", "23505", "23503"})
"""Postgres: serialization failure, deadlock, lock not available, and a row that somebody else made or took away."""

T = TypeVar("T")


class Conflict(Exception):
    """What a transaction stood on was changed by another one; begun again it may well succeed."""


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment: aware in Python, timestamptz in Postgres, naive UTC in SQLite (which forgets zones)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A moment without a time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Postgres returns aware moments: nothing is to be done, thousands of times per page."""
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""SQLite numbers rows by itself only for INTEGER keys."""


class Base(DeclarativeBase):
    """Base of every table."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: BigId,
            str: sa.Text(),
            datetime: UtcDateTime(),
            dict[str, Any]: sa.JSON(),
            list[str]: sa.JSON(),
            list[Any]: sa.JSON(),
            enum.StrEnum: sa.Enum(
                enum.StrEnum,
                native_enum=False,
                length=32,
                create_constraint=False,
                values_callable=lambda members: [member.value for member in members],
            ),
        },
    )


def partial_index(name: str, *columns: str | sa.TextClause, where: str, unique: bool = False) -> sa.Index:
    """Return an index over the rows that fulfil `where`, alike on both engines."""
    condition = sa.text(where)
    return sa.Index(name, *columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def written(column: Any, value: Any) -> sa.BindParameter[Any]:
    """Return a value that is written into the statement: no parameter ever meets a partial index's condition."""
    return sa.literal(value, column.type, literal_execute=True)


def key_literal(columns: Sequence[Any], values: Sequence[Any]) -> sa.Tuple:
    """Return the key at which a page ends, to be compared with a tuple of its columns."""
    return sa.tuple_(*(sa.literal(value, column.type) for column, value in zip(columns, values, strict=True)))


db = SQLAlchemy(metadata=Base.metadata)


@contextmanager
def reading() -> Iterator[None]:
    """Within it SQLite transactions only read, so that pages never wait for a writer."""
    token = reads_only.set(True)
    try:
        yield
    finally:
        reads_only.reset(token)


def start_reading() -> None:
    """Like reading(), for the rest of the current context (a web request)."""
    reads_only.set(True)


def start_writing() -> None:
    """Let the next transaction of the current context write."""
    reads_only.set(False)


def session() -> Session:
    """Return the session of the current app context."""
    return db.session()


@contextmanager
def lone_statement() -> Iterator[sa.Connection]:
    """Yield a connection for one statement that is a whole transaction: Postgres needs no BEGIN and COMMIT for it."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        with connection.begin():
            yield connection


def commit() -> None:
    """Commit; called by doors, jobs and the clock alone, as their last line."""
    db.session.commit()


def commit_and_show() -> None:
    """Commit, and let what was loaded stay as it was committed, for an answer that shows it; then only read."""
    session().expire_on_commit = False
    db.session.commit()
    session().expire_on_commit = True
    start_reading()


def change(statement: sa.Update | sa.Delete) -> int:
    """Run a conditional UPDATE or DELETE and return how many rows it changed: that is how races are settled."""
    result: Any = session().execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)


def insert(table: type[Base]) -> Any:
    """Return an INSERT of the current engine's own kind, which knows ON CONFLICT."""
    return postgresql.insert(table) if is_postgres() else sqlite.insert(table)


def retrying(act: Callable[[], T], tries: int = TRIES) -> T:
    """Run `act`, a whole transaction with its commit, and again from its start where others got in its way.

    For jobs, the clock and views that write: deadlocks, lost races for a unique row and Conflict are
    rolled back and tried again; the last one, and everything else, is raised.
    """
    for tried in range(1, tries + 1):
        try:
            return act()
        except (Conflict, DBAPIError, StaleDataError) as error:
            session().rollback()
            if tried == tries or not got_in_the_way(error):
                raise
        time.sleep(random.uniform(0, PAUSE_SECONDS * tried))  # noqa: S311 - no secret
    raise AssertionError("unreachable")


def got_in_the_way(error: BaseException) -> bool:
    """Whether an error only says that another transaction was faster."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, Conflict | StaleDataError)
    if isinstance(error.orig, sqlite3.Error):
        return isinstance(error, IntegrityError) or "locked" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in GOT_IN_THE_WAY


def take_turn(name: str) -> None:
    """Wait until no other transaction has the turn of that name, and have it until this one ends.

    To be taken before any lock, so that nobody waits for who waits here. SQLite's writers take turns in everything.
    """
    if is_postgres():
        session().execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def is_postgres() -> bool:
    """Whether the current session talks to Postgres."""
    return session().get_bind().dialect.name == "postgresql"


def after_commit(key: str, value: Any, act: Callable[[list[Any]], None]) -> None:
    """Gather `value` under `key`; once the transaction commits, `act` gets all gathered values.

    A rollback forgets them. Values of a savepoint that was rolled back stay: they are hints
    (rings, wake-ups), and a hint too many costs a look.
    """
    waiting: dict[str, tuple[Callable[[list[Any]], None], dict[Any, None]]]
    waiting = session().info.setdefault("after_commit", {})
    waiting.setdefault(key, (act, {}))[1][value] = None


@event.listens_for(Session, "after_commit")
def _act_after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for act, values in session.info.pop("after_commit", {}).values():
        act(list(values))


@event.listens_for(Session, "after_rollback")
def _forget_after_rollback(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("after_commit", None)
