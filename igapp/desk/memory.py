"""What the current transaction has already looked up, so that a batch of events costs few queries.

Anything remembered is locked or made by this transaction; a commit or rollback forgets it all.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from igapp import db

MISSING = object()


def remember(kind: str, key: Any, found: Any) -> None:
    """Remember what a lookup found; None means that there is nothing."""
    db.session().info.setdefault("memory", {})[kind, key] = found


def recall(kind: str, key: Any) -> Any:
    """Return what was remembered, or MISSING."""
    return db.session().info.get("memory", {}).get((kind, key), MISSING)


def forget(kind: str, key: Any) -> None:
    """Forget one lookup."""
    db.session().info.get("memory", {}).pop((kind, key), None)


def forget_all() -> None:
    """Forget everything, as after a rollback to a savepoint."""
    db.session().info.pop("memory", None)


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("memory", None)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, _previous: Any) -> None:
    session.info.pop("memory", None)
