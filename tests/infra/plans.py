"""What is asked of the database, and how it would answer with all that it knows of its rows (V5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from igapp import db
from tests.infra.hearing import hearing


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is asked within the block, with its parameters."""
    asked: list[tuple[str, Any]] = []

    def note(statement: str, parameters: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    with hearing(note):
        yield asked


def plan(statement: str, parameters: Any) -> str:
    """How the database would answer, with all that it knows of its rows."""
    word = "EXPLAIN" if db.is_postgres() else "EXPLAIN QUERY PLAN"
    rows = db.session().connection().exec_driver_sql(f"{word} {statement}", parameters)
    return "\n".join(" ".join(str(one) for one in row) for row in rows)
