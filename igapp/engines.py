"""How the two engines connect and begin: what they do differently is settled here and in db.py, and nowhere else."""

import contextvars
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.pool import Pool

SQLITE_BUSY_SECONDS = 20
"""How long a SQLite writer waits for another one's lock."""
CONNECT_SECONDS = 5
"""How long connecting to Postgres may take, even where it accepts and never answers; DATABASE_URL may say otherwise."""
RESTED_SECONDS = 1.0
"""A connection that was not used for so long is asked whether its server is still there."""
MANY_ROWS = 10
"""From so many new rows of a table on, Postgres is asked for their numbers ahead."""

reads_only: contextvars.ContextVar[bool] = contextvars.ContextVar("reads_only", default=False)
"""Whether SQLite's transactions of this context only read."""


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        _prepare_sqlite(connection)
    else:
        _prepare_postgres(connection)


def _prepare_postgres(connection: Any) -> None:
    """Moments come back in UTC, whatever the server's own time zone is."""
    connection.autocommit = True  # for this alone: no rollback takes it back
    connection.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = False


def _prepare_sqlite(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_SECONDS * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Pool, "checkin")
def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rested_since"] = time.monotonic()


@event.listens_for(Engine, "engine_connect")
def _ask_after_rest(connection: sa.Connection) -> None:
    """Postgres may have been restarted meanwhile; asking every time would cost a round trip for each transaction."""
    rested_since = connection.info.get("rested_since", time.monotonic())
    if connection.dialect.name != "postgresql" or time.monotonic() - rested_since < RESTED_SECONDS:
        return
    try:
        connection.scalar(sa.select(1))
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    connection.rollback()  # of one that is gone as well: it connects again when it is used


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: sa.Connection) -> None:
    """Writers take the lock first: a deferred transaction that turns into a writer can fail at once."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if reads_only.get() else "BEGIN IMMEDIATE")


@event.listens_for(Session, "before_flush")
def _number_ahead(session: Session, _context: Any, _objects: Any) -> None:
    """Take the numbers of many new rows at once.

    Rows that know theirs are written by one prepared statement; to ask for each number back, the statement would have
    to carry all rows, and is then parsed anew each time, here and in Postgres.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    new: dict[sa.Table, list[Any]] = {}
    for state in session._new:  # noqa: SLF001 - in the order in which they were added
        new.setdefault(_table(state.mapper), []).append(state.obj())
    for table, rows in new.items():
        if "id" in table.c and len(rows) >= MANY_ROWS:
            _number(session, table, [row for row in rows if row.id is None])


def _number(session: Session, table: sa.Table, rows: Sequence[Any]) -> None:
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    numbers = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, len(rows)))
    for row, number in zip(rows, session.scalars(numbers), strict=True):
        row.id = number


def _table(mapper: Mapper[Any]) -> sa.Table:
    return cast(sa.Table, mapper.local_table)
