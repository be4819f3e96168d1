"""What is asked of the database, and how it would answer with all that it knows of its rows (V5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from igapp import db


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is asked within the block, with its parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(db.db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.db.engine, "before_cursor_execute", note)


def plan(statement: str, parameters: Any) -> str:
    """How the database would answer, with all that it knows of its rows."""
    word = "EXPLAIN" if db.is_postgres() else "EXPLAIN QUERY PLAN"
    rows = db.session().connection().exec_driver_sql(f"{word} {statement}", parameters)
    return "\n".join(" ".join(str(one) for one in row) for row in rows)
