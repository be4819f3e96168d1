"""What the database is told, for tests. Nobody adds a listener to an engine while another thread speaks to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from igapp import db

COMMIT = "COMMIT"
PING = "SELECT 1"
"""A connection that rested is asked whether its server is there; that is no statement of ours, and not noted."""

Note = Callable[[str, Any], None]
"""Is told a statement and its parameters."""

_notes: tuple[tuple[Engine, Note], ...] = ()


@contextmanager
def hearing(note: Note, engine: Engine | None = None) -> Iterator[None]:
    """Have all that an engine (the current app's) is told within the block noted, commits too."""
    global _notes  # noqa: PLW0603 - replaced as a whole, so that no thread meets half a change
    mine = (engine or db.db.engine, note)
    _notes = (*_notes, mine)
    try:
        yield
    finally:
        _notes = tuple(one for one in _notes if one is not mine)


@event.listens_for(Engine, "before_cursor_execute")
def _before_statement(
    connection: Connection, _cursor: object, statement: str, parameters: Any, *_context: object
) -> None:
    _tell(connection, statement, parameters)


@event.listens_for(Engine, "commit")
def _before_commit(connection: Connection) -> None:
    _tell(connection, COMMIT, None)


def _tell(connection: Connection, statement: str, parameters: Any) -> None:
    for engine, note in _notes:
        if connection.engine is engine and statement != PING:
            note(statement, parameters)
