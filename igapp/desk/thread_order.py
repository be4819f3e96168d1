"""The order of sends within a thread: what is under way holds back what comes later (SPEC 6.4)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from igapp import db, utc
from igapp.background import later
from igapp.models import UNCLAIMED, UNDER_WAY, Send, SendKind, SendState

CHECKING_SECONDS = 60
"""How long the outcome is looked for before the agent decides, and before later sends go on (SPEC 6.4)."""

IN_THREAD = (SendKind.MESSAGE, SendKind.IMAGE, SendKind.PRIVATE_REPLY)
"""Kinds whose order within a thread is kept."""


def is_held_back(now: datetime) -> sa.ColumnElement[bool]:
    """An earlier message of the thread is under way, or was sent to an unknown end less than a minute ago."""
    earlier = aliased(Send)
    still_checked = sa.and_(
        earlier.state == SendState.CHECKING, earlier.called_at > now - utc.seconds(CHECKING_SECONDS)
    )
    return sa.and_(
        Send.kind.in_(IN_THREAD),
        sa.exists().where(
            earlier.identity_id == Send.identity_id,
            earlier.id < Send.id,
            earlier.kind.in_(IN_THREAD),
            sa.or_(earlier.state.in_(UNDER_WAY), still_checked),
        ),
    )


def let_next_go(send: Send) -> None:
    """Ring for the next send of the thread, since this one holds it back no more."""
    following = sa.select(sa.func.min(Send.id)).where(
        Send.identity_id == send.identity_id,
        Send.id > send.id,
        Send.state.in_(UNCLAIMED),
        Send.kind.in_(IN_THREAD),
    )
    next_id = db.session().scalar(following)
    if next_id is not None:
        later("deliver", next_id)
