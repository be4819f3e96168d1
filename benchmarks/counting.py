"""Counts what is said to a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

BOUNDARIES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@dataclass
class Seen:
    """What an engine was told."""

    statements: list[str] = field(default_factory=list)
    """Without those that only begin and end transactions."""
    commits: int = 0


@contextmanager
def counting(engine: sa.Engine) -> Iterator[Seen]:
    """Count the statements and commits of an engine within the block."""
    seen = Seen()

    def said(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(BOUNDARIES):
            seen.statements.append(statement)

    def committed(_connection: Any) -> None:
        seen.commits += 1

    sa.event.listen(engine, "before_cursor_execute", said)
    sa.event.listen(engine, "commit", committed)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", said)
        sa.event.remove(engine, "commit", committed)
