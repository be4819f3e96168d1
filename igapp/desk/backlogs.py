"""What stands open and waiting now, by everything that reports are broken down by (SPEC 12.5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import topics
from igapp.desk.daysums import Key, columns
from igapp.models import (
    EVERYTHING,
    Conversation,
    ConversationTopic,
    Dimension,
    MessagingSession,
    ReportBacklog,
    Status,
)

OPEN, WAITING = "open", "waiting"
KIND_OF = {Status.NEW: OPEN, Status.OPEN: OPEN, Status.WAITING: WAITING}
"""New ones have an open session too, and no agent yet."""


def write_down(day: date) -> None:
    """Write down what stands now as what stood on a day, in the place of what was written before."""
    found = _now()
    db.change(sa.delete(ReportBacklog).where(ReportBacklog.first_day == day))
    rows = [columns(key, day) | dict.fromkeys((OPEN, WAITING), 0) | one for key, one in found.items()]
    if rows:
        db.session().execute(sa.insert(ReportBacklog), rows)


def _now() -> dict[Key, Counter[str]]:
    found: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    found[Dimension.ALL, EVERYTHING, EVERYTHING] = Counter()  # so that a day without any has its row
    for status, inbox_id, agent_id, number in _by_agent():
        keys = [(Dimension.ALL, EVERYTHING)] + ([(Dimension.AGENT, agent_id)] if agent_id is not None else [])
        _add(found, inbox_id, keys, KIND_OF[status], number)
    for status, inbox_id, account_id, number in _by_account():
        _add(found, inbox_id, [(Dimension.ACCOUNT, account_id)], KIND_OF[status], number)
    for (status, inbox_id), topic_ids in _topics_of_each():
        _add(found, inbox_id, [(Dimension.TOPIC, one) for one in topic_ids], KIND_OF[status], 1)
    return found


def _add(
    found: defaultdict[Key, Counter[str]], inbox_id: int, keys: Iterable[tuple[Dimension, int]], kind: str, number: int
) -> None:
    for inbox, (dimension, key) in product((EVERYTHING, inbox_id), keys):
        found[dimension, inbox, key][kind] += number


_IS_LIVE = Conversation.status.in_([db.written(Conversation.status, status) for status in KIND_OF])


def _by_agent() -> Any:
    by = (Conversation.status, Conversation.inbox_id, Conversation.agent_id)
    return db.session().execute(sa.select(*by, sa.func.count()).where(_IS_LIVE).group_by(*by))


def _by_account() -> Any:
    """An open one counts for the account of each open session, a waiting one for that of its last session."""
    is_last = MessagingSession.id == (
        sa.select(sa.func.max(MessagingSession.id))
        .where(MessagingSession.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    is_waiting = Conversation.status == db.written(Conversation.status, Status.WAITING)
    counts = sa.and_(_IS_LIVE, sa.case((is_waiting, is_last), else_=MessagingSession.ended_at.is_(None)))
    by = (Conversation.status, Conversation.inbox_id, MessagingSession.account_id)
    each = sa.func.count(sa.distinct(Conversation.id))
    rows = sa.select(*by, each).join(MessagingSession, MessagingSession.conversation_id == Conversation.id)
    return db.session().execute(rows.where(counts).group_by(*by))


def _topics_of_each() -> Iterable[tuple[tuple[Status, int], set[int]]]:
    """Yield each live conversation's status and inbox, and its topics with all above them."""
    above = topics.ancestry()
    rows = db.session().execute(
        sa.select(Conversation.id, Conversation.status, Conversation.inbox_id, ConversationTopic.topic_id)
        .join(ConversationTopic, ConversationTopic.conversation_id == Conversation.id)
        .where(_IS_LIVE)
    )
    found: dict[int, tuple[tuple[Status, int], set[int]]] = {}
    for conversation_id, status, inbox_id, topic_id in rows:
        _, topic_ids = found.setdefault(conversation_id, ((status, inbox_id), set()))
        topic_ids |= above.get(topic_id, {topic_id})
    return found.values()
