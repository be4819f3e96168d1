"""How the two engines connect and begin: what they do differently is settled here and in db.py, and nowhere else."""

import contextvars
import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import Pool

SQLITE_BUSY_SECONDS = 20
"""How long a SQLite writer waits for another one's lock."""
RESTED_SECONDS = 1.0
"""A connection that was not used for so long is asked whether its server is still there."""

reads_only: contextvars.ContextVar[bool] = contextvars.ContextVar("reads_only", default=False)
"""Whether SQLite's transactions of this context only read."""


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
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
