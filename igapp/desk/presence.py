"""Whether an agent is there: heard from lately by one of their pages, and not signed out (SPEC 5.1, 5.4)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.models import Presence, User

CONNECTED_SECONDS = 30
"""An agent not heard from for so long is not connected (SPEC 5.4)."""


def connected(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition on Presence under which an agent is connected."""
    return heard_since(last_moment(now))


def heard_since(moment: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Return the condition on Presence under which an agent is there and was heard from after a moment."""
    return sa.and_(Presence.seen_at > moment, Presence.left_at.is_(None))


def last_moment(now: datetime) -> datetime:
    """Return since when an agent must have been heard from to be connected."""
    return now - utc.seconds(CONNECTED_SECONDS)


def is_connected(user_id: int, now: datetime) -> bool:
    """Whether one of the agent's pages was heard from lately."""
    wanted = sa.select(Presence.user_id).where(Presence.user_id == user_id, connected(now))
    return db.session().scalar(wanted) is not None


def gone_since(moment: datetime) -> sa.ColumnElement[bool]:
    """Return the condition on User and an outer-joined Presence: nothing was heard from them since then."""
    last_heard = sa.func.coalesce(Presence.left_at, Presence.seen_at, User.last_sign_in_at, User.created_at)
    return last_heard <= moment


def hear(user_id: int, now: datetime) -> None:
    """Note that a page of theirs is there; any number of tabs may say so at once."""
    heard = db.insert(Presence).values(user_id=user_id, seen_at=now, left_at=None)
    again = heard.on_conflict_do_update(index_elements=[Presence.user_id], set_={"seen_at": now, "left_at": None})
    db.session().execute(again)


def leave(user_id: int, now: datetime) -> None:
    """Note that they signed out."""
    db.change(sa.update(Presence).where(Presence.user_id == user_id).values(left_at=now))
