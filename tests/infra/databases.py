"""Real databases, each a copy of a migrated one; the one that tests share is emptied before each."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from flask_migrate import upgrade

from igapp import create_app
from igapp.config import Config
from igapp.db import db
from launching.product import product_environment
from launching.servers import PostgresServer, postgres_server

SECRET_KEY = "a key that only tests use and nobody else"

TRIES_TO_EMPTY = 5
"""Of a database in which a product still works."""


class Databases:
    """Makes databases of one engine."""

    def __init__(self, folder: Path, postgres: PostgresServer | None) -> None:
        self._folder = folder
        self._postgres = postgres
        self._numbers = count(1)
        self._migrated: str | None = None

    def migrated(self) -> str:
        """Makes a database with all tables and no data; returns its URL."""
        if self._migrated is None:
            self._migrated = self.empty()
            _migrate(self._migrated)
        return self._copy(self._migrated)

    def empty(self) -> str:
        """Makes a database without tables; returns its URL."""
        name = f"tests_{next(self._numbers)}"
        return self._postgres.create_database(name) if self._postgres else f"sqlite:///{self._folder / name}.sqlite"

    def _copy(self, url: str) -> str:
        if self._postgres:
            return self._postgres.create_database(f"tests_{next(self._numbers)}", _postgres_name(url))
        copy = self.empty()
        with closing(_sqlite(url)) as source, closing(_sqlite(copy)) as target:
            source.backup(target)
        return copy


class Emptier(Protocol):
    """Puts a database back into the state right after its migrations, in a few milliseconds."""

    def empty(self) -> None:
        """Deletes every row, whoever refers to it, and writes again what the migrations wrote."""

    def close(self) -> None:
        """Lets go of the database."""


@contextmanager
def emptying(url: str) -> Iterator[Emptier]:
    """An emptier of a database that has just been migrated, for as long as it is needed."""
    emptier = SqliteEmptier(url) if url.startswith("sqlite") else PostgresEmptier(url)
    yield emptier
    emptier.close()


class SqliteEmptier:
    def __init__(self, url: str) -> None:
        self._connection = _sqlite(url)
        tables = self._connection.execute("PRAGMA main.table_list").fetchall()
        kept = ("sqlite_schema", "alembic_version")
        self._tables = [name for _, name, kind, *_ in tables if kind == "table" and name not in kept]
        self._first = {table: rows for table in self._tables if (rows := self._select(table))}

    def empty(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table in self._tables:
            self._connection.execute(f'DELETE FROM "{table}"')
        for table, rows in self._first.items():
            marks = ", ".join("?" * len(rows[0]))
            self._connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def _select(self, table: str) -> list[Any]:
        return self._connection.execute(f'SELECT * FROM "{table}"').fetchall()


class PostgresEmptier:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._run("SET session_replication_role = replica")  # neither triggers nor foreign keys
        rows = self._run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        self._tables = [name for (name,) in rows if name != "alembic_version"]
        self._first = self._filled()
        self._run("CREATE SCHEMA IF NOT EXISTS first")
        for table in self._first:
            self._run(f'CREATE TABLE IF NOT EXISTS first."{table}" AS TABLE public."{table}"')

    def empty(self) -> None:
        """Empties it beneath a product that runs, with which it may deadlock: it begins again then."""
        for _ in range(TRIES_TO_EMPTY - 1):
            with suppress(psycopg.errors.DeadlockDetected):
                return self._empty()
        return self._empty()

    def _empty(self) -> None:
        with self._connection.transaction():
            for table in self._filled():
                self._run(f'DELETE FROM "{table}"')
            for table in self._first:
                self._run(f'INSERT INTO "{table}" SELECT * FROM first."{table}"')

    def close(self) -> None:
        self._connection.close()

    def _filled(self) -> list[str]:
        """Names of the tables that have rows."""
        asked = " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\")" for t in self._tables)
        return [name for (name,) in self._run(asked).fetchall()] if asked else []

    def _run(self, statement: str) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement.encode())


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes databases of the engine that the tests run on."""
    server = postgres_server() if pytestconfig.getoption("--database") == "postgres" else None
    yield Databases(tmp_path_factory.mktemp("databases"), server)
    if server:
        server.stop()


@pytest.fixture
def fresh_database_url(databases: Databases) -> str:
    """A migrated database that only this test uses."""
    return databases.migrated()


def _migrate(url: str) -> None:
    environment = product_environment(
        port=5000,
        database_url=url,
        redis_url="redis://127.0.0.1:1",
        secret_key=SECRET_KEY,
        sandbox_url="http://localhost",
    )
    app = create_app(Config.from_env(environment))
    with app.app_context():
        upgrade()
        db.engine.dispose()


def _sqlite(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)


def _postgres_name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]
