"""How many statements something costs the database."""

import threading
from collections.abc import Callable

from sqlalchemy import event

from igapp import db

PING = "SELECT 1"
"""A connection that rested is asked whether its server is there."""


def statements(act: Callable[[], object]) -> list[str]:
    """The statements that an act sends, as if in a process of its own: nothing that the test has loaded helps it.

    What other threads send meanwhile, as that of the presence, is not counted.
    """
    db.commit()
    own = threading.get_ident()
    session, seen = db.session(), []
    known = list(session.identity_map.values())
    session.expunge_all()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if threading.get_ident() == own:
            seen.append(statement)

    engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
        session.expunge_all()
        session.add_all(known)
    return [one for one in seen if one != PING]


def queries(act: Callable[[], object]) -> int:
    """How many they are."""
    return len(statements(act))
