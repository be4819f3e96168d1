"""Makes the calls of sends that nobody took: Redis may be away, or every worker. The clock does this, in slices."""

import logging
import time
from datetime import datetime

from igapp import db, utc
from igapp.desk import sends
from igapp.instagram import outbox, settlement
from igapp.models import SendState

log = logging.getLogger(__name__)

GRACE_SECONDS = 3.0
"""A send that is due for so long was rung for and taken by nobody."""
SLICE_SECONDS = 1.0
"""After so long no further call is begun, so that offers are not kept waiting."""


def call(now: datetime) -> None:
    """Deliver, or look for, what is overdue, manual replies first; one that fails holds up no other."""
    deadline = time.monotonic() + SLICE_SECONDS
    waiting = sends.due(now - utc.seconds(GRACE_SECONDS))
    db.session().rollback()
    for send_id, state in waiting:
        if time.monotonic() >= deadline:
            break
        _call(send_id, state)


def _call(send_id: int, state: SendState) -> None:
    try:
        (settlement.settle if state == SendState.CHECKING else outbox.deliver)(send_id)
    except Exception:
        db.session().rollback()
        log.exception("overdue_failed send=%d", send_id)
