"""How many messages an account may send in 5 minutes; manual replies go before automatic ones (SPEC 6.10)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import settings, thread_order
from igapp.models import MESSAGES, Account, Send, SendState

SPAN_SECONDS = 300
"""The span of the rate limit."""
EXACT_FROM = 20
"""So near the limit one sender at a time is counted, since several would overrun it together."""


def over(send: Send, now: datetime) -> tuple[str, datetime] | None:
    """Return why a message must wait for the rate limit and until when, or None when it may go."""
    if send.kind not in MESSAGES:
        return None
    most = settings.workflow().sends_per_window
    if _used(send, now)[0] + EXACT_FROM < most:
        return None
    wanted = sa.select(Account.id).where(Account.id == send.account_id)
    db.session().execute(wanted.with_for_update(key_share=True))
    used, oldest = _used(send, now)
    if used + _ahead(send, now) < most:
        return None
    if used < most or oldest is None:
        return "Waiting: replies written by people go first. It goes out by itself.", now + utc.seconds(1)
    until = oldest + utc.seconds(SPAN_SECONDS)
    return f"Waiting: {most} messages in 5 minutes were sent. It goes out by itself.", until


def _used(send: Send, now: datetime) -> tuple[int, datetime | None]:
    calls = sa.select(sa.func.count(), sa.func.min(Send.called_at)).where(
        Send.account_id == send.account_id,
        Send.called_at > now - utc.seconds(SPAN_SECONDS),
        Send.kind.in_(MESSAGES),
        Send.id != send.id,
    )
    count, oldest = db.session().execute(calls).one()
    return count, oldest


def _ahead(send: Send, now: datetime) -> int:
    """Return how many manual replies go before an automatic one; not those that wait behind one in their thread."""
    if send.author_id is not None:
        return 0
    manual = sa.select(sa.func.count()).where(
        Send.account_id == send.account_id,
        Send.kind.in_(MESSAGES),
        Send.author_id.is_not(None),
        Send.state.in_([db.written(Send.state, state) for state in (SendState.QUEUED, SendState.WAITING)]),
        ~thread_order.is_held_back(now),
    )
    return db.session().scalar(manual) or 0
