"""Counts what is said to a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.infra.hearing import COMMIT, hearing

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

    def note(statement: str, _parameters: object) -> None:
        if statement == COMMIT:
            seen.commits += 1
        elif not statement.lstrip().upper().startswith(BOUNDARIES):
            seen.statements.append(statement)

    with hearing(note, engine):
        yield seen
