"""Whether the database has the tables that this code expects, and waiting until it has."""

import logging
import re
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from igapp.db import db

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parents[1] / "migrations"
VERSIONS = sa.table("alembic_version", sa.column("version_num", sa.Text))
FOLLOWS = re.compile(r"^down_revision\b.*$", re.MULTILINE)
LOOK_SECONDS = 0.5
"""Between two looks while waiting."""


def problem() -> str | None:
    """Return what is not right with the tables, in words, or None; raises SQLAlchemyError without a database.

    A revision that this code does not know is a later release's: this process goes on until that one replaces it.
    """
    known, followed = _revisions()
    wanted = known - followed
    with db.engine.connect() as connection:
        has_run = sa.inspect(connection).has_table(VERSIONS.name)
        found = connection.scalars(sa.select(VERSIONS.c.version_num)).all() if has_run else []
    if set(found) == wanted or (found and known.isdisjoint(found)):
        return None
    return f"at {', '.join(found) or 'none'}, must be at {', '.join(sorted(wanted))}: run `flask --app app db upgrade`"


def wait(seconds: float) -> bool:
    """Wait until the migrations have run, which another process may just be doing; returns whether they have.

    No connection stays open, so that a process may fork afterwards.
    """
    deadline = time.monotonic() + seconds
    try:
        while trouble := _trouble():
            if time.monotonic() >= deadline:
                log.error("migrations_missing problem=%s", trouble)
                return False
            time.sleep(LOOK_SECONDS)
        return True
    finally:
        db.engine.dispose()


def _revisions() -> tuple[set[str], set[str]]:
    """Return all revisions, and those that another follows; Alembic would cost each process a tenth of its memory."""
    texts = [path.read_text() for path in (MIGRATIONS / "versions").glob("*.py")]
    known = {found for text in texts for found in re.findall(r'^revision\b.*= "(\w+)"', text, re.MULTILINE)}
    followed = {found for text in texts for line in FOLLOWS.findall(text) for found in re.findall(r'"(\w+)"', line)}
    return known, followed


def _trouble() -> str | None:
    try:
        return problem()
    except SQLAlchemyError as error:
        return f"database not reachable ({type(error).__name__})"
