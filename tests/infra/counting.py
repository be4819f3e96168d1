"""How many statements something costs the database."""

import re
from collections.abc import Callable

from sqlalchemy import event

from igapp import db

NOW_AND_THEN = re.compile("SELECT 1$|(INSERT INTO|UPDATE) presences")
"""What is asked of a connection that rested, and noted of who is there; not by every request."""


def statements(act: Callable[[], object]) -> list[str]:
    """The statements that an act sends, as if in a process of its own: nothing that the test has loaded helps it."""
    db.commit()
    session, seen = db.session(), []
    known = list(session.identity_map.values())
    session.expunge_all()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
        session.expunge_all()
        session.add_all(known)
    return [one for one in seen if not NOW_AND_THEN.match(one)]


def queries(act: Callable[[], object]) -> int:
    """How many they are."""
    return len(statements(act))
