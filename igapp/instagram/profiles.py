"""Reads who a customer is: after every inbound, never in the way of the message (SPEC 4.4, L4)."""

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import connections, customers
from igapp.instagram import errors, graph, nodes, tokens
from igapp.instagram.graph import node
from igapp.instagram.tokens import Token
from igapp.models import Identity

log = logging.getLogger(__name__)

OVERDUE_SECONDS = 30
"""A read that was asked for so long ago and did not happen is asked for again."""
GIVEN_UP_HOURS = 6
"""What could not be read for so long waits for the customer's next message."""


@dataclass(frozen=True)
class Question:
    """Whose profile is read, taken out of the database before the call."""

    token: Token
    igsid: str


def fetch(identity_id: int, now: datetime) -> None:
    """Read a customer's profile and show it; what Meta refuses leaves what was known before."""
    question = _question(identity_id, now)
    db.session().rollback()
    if question is None:
        return
    try:
        answer = graph.client().get(question.token, node(question.igsid), fields=nodes.PROFILE_FIELDS)
    except errors.CallFailed as error:
        _note(identity_id, question, error, now)
        return
    identity = db.session().get(Identity, identity_id)
    if identity is not None:
        customers.update_profile(identity, nodes.profile(answer.body), now)
        if answer.usage is not None:
            connections.note_usage(identity.account, answer.usage.percent, now)
    db.commit()


def overdue(now: datetime, limit: int = 100) -> list[int]:
    """Return the identities whose profile was asked for and, whatever happened, not read."""
    asked = Identity.profile_wanted_at
    wanted = sa.select(Identity.id).where(
        asked.between(now - utc.hours(GIVEN_UP_HOURS), now - utc.seconds(OVERDUE_SECONDS)),
        sa.or_(Identity.profile_at.is_(None), Identity.profile_at < asked),
        Identity.profile_problem.is_(None),
    )
    return list(db.session().scalars(wanted.order_by(asked.desc()).limit(limit)))


def _question(identity_id: int, now: datetime) -> Question | None:
    identity = db.session().get(Identity, identity_id)
    if identity is None or not identity.account.may_send or connections.is_busy(identity.account, now):
        return None
    token = tokens.of(identity.account)
    return Question(token, identity.igsid) if token else None


def _note(identity_id: int, question: Question, error: errors.CallFailed, now: datetime) -> None:
    log.info("profile_not_read identity=%d error=%s code=%s", identity_id, type(error).__name__, error.code)
    identity = db.session().get(Identity, identity_id)
    tokens.note_refusal(question.token, error, now)
    if identity is not None and isinstance(error, errors.Throttled):
        minutes = error.usage.regain_minutes if error.usage else 0
        connections.rest(identity.account, now + utc.minutes(minutes or 1))
    elif identity is not None and error.permanent:
        customers.note_profile_problem(identity, error.sentence)
    db.commit()
