"""How many statements something costs the database."""

import threading
from collections.abc import Callable

from igapp import db
from tests.infra.hearing import COMMIT, hearing


def statements(act: Callable[[], object]) -> list[str]:
    """The statements that an act sends, as if in a process of its own: nothing that the test has loaded helps it.

    What other threads send meanwhile, as that of the presence, is not counted.
    """
    db.commit()
    own = threading.get_ident()
    session, seen = db.session(), list[str]()
    known = list(session.identity_map.values())
    session.expunge_all()

    def note(statement: str, _parameters: object) -> None:
        if threading.get_ident() == own and statement != COMMIT:
            seen.append(statement)

    try:
        with hearing(note):
            act()
    finally:
        session.expunge_all()
        session.add_all(known)
    return seen


def queries(act: Callable[[], object]) -> int:
    """How many they are."""
    return len(statements(act))
