"""Adds up one day's facts: what came in, what was answered, how fast, what was declined."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import product
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import spans, topics, windows
from igapp.models import (
    EVERYTHING,
    Channel,
    Conversation,
    ConversationTopic,
    Dimension,
    Item,
    ItemKind,
    Offer,
    OfferState,
    Wait,
    WaitOutcome,
)

COUNTERS = ("inbound", "answered", "in_time", "late", "cancelled", "lost", "declined", "missed")
"""What is counted."""
ANSWERS = ("answers", "first_answers")
"""What is counted by how long it took."""

Key = tuple[Dimension, int, int]
"""A dimension, an inbox (or all of them), and the number of an agent, account or topic."""
Counts = dict[Key, Counter[str]]
Buckets = dict[tuple[Key, int], Counter[str]]
"""By key and bucket (desk.spans)."""


def of(began_at: datetime, ended_at: datetime) -> tuple[Counts, Buckets]:
    """Return the counts, and the answers by bucket, of what happened from one moment until before another."""
    sums = _Sums(began_at, ended_at)
    sums.add_waits()
    sums.add_inbound()
    sums.add_offers()
    return sums.counts, sums.buckets


def columns(key: Key, day: date) -> dict[str, Any]:
    """Return whose numbers of which day a row of the reports' tables holds."""
    dimension, inbox_id, number = key
    return {"dimension": dimension, "inbox_id": inbox_id, "first_day": day, "key": number}


class _Sums:
    def __init__(self, began_at: datetime, ended_at: datetime) -> None:
        self.began_at, self.ended_at = began_at, ended_at
        self.counts: defaultdict[Key, Counter[str]] = defaultdict(Counter)
        self.buckets: defaultdict[tuple[Key, int], Counter[str]] = defaultdict(Counter)

    def add_waits(self) -> None:
        topics_of = self._topics(sa.select(Wait.conversation_id).where(self._within(Wait.ended_at)))
        for wait in db.session().scalars(sa.select(Wait).where(self._within(Wait.ended_at))):
            found = _counted(wait)
            answers = Counter(answers=found["answered"], first_answers=wait.is_first)
            bucket = spans.bucket_of((wait.ended_at - wait.began_at).total_seconds())
            for key in _keys(wait, topics_of.get(wait.conversation_id or 0, ())):
                self.counts[key] += found
                self.buckets[key, bucket] += answers

    def add_inbound(self) -> None:
        """An agent's are those of the conversations that they hold, or held last."""
        agent: Any = sa.func.coalesce(Conversation.agent_id, Conversation.last_agent_id)
        which = (self._within(Item.at), Item.is_inbound, Item.kind != ItemKind.REFERRAL)
        columns = (Conversation.id, Conversation.inbox_id, agent, Item.account_id)
        rows = db.session().execute(
            sa.select(*columns, sa.func.count())
            .join(Conversation, Conversation.id == Item.conversation_id)
            .where(*which)
            .group_by(*columns)
        )
        topics_of = self._topics(sa.select(Item.conversation_id).where(*which))
        for conversation_id, inbox_id, agent_id, account_id, number in rows:
            keys = [(Dimension.ALL, EVERYTHING), (Dimension.ACCOUNT, account_id or EVERYTHING)]
            keys += [(Dimension.AGENT, agent_id)] if agent_id is not None else []
            keys += [(Dimension.TOPIC, topic_id) for topic_id in topics_of.get(conversation_id, ())]
            self._add(inbox_id, keys, "inbound", number)

    def add_offers(self) -> None:
        given_up = [db.written(Offer.state, state) for state in (OfferState.DECLINED, OfferState.MISSED)]
        rows = db.session().execute(
            sa.select(Conversation.inbox_id, Offer.agent_id, Offer.state, sa.func.count())
            .join(Conversation, Conversation.id == Offer.conversation_id)
            .where(self._within(Offer.ended_at), Offer.state.in_(given_up))
            .group_by(Conversation.inbox_id, Offer.agent_id, Offer.state)
        )
        for inbox_id, agent_id, state, number in rows:
            self._add(inbox_id, [(Dimension.ALL, EVERYTHING), (Dimension.AGENT, agent_id)], state.value, number)

    def _add(self, inbox_id: int, keys: Iterable[tuple[Dimension, int]], name: str, number: int) -> None:
        for inbox, (dimension, key) in product((EVERYTHING, inbox_id), keys):
            self.counts[dimension, inbox, key][name] += number

    def _topics(self, conversations: sa.Select[int | None]) -> dict[int, set[int]]:
        """Return the topics of each of these conversations, with all above them."""
        above = topics.ancestry()
        rows = db.session().execute(
            sa.select(ConversationTopic.conversation_id, ConversationTopic.topic_id).where(
                ConversationTopic.conversation_id.in_(conversations)
            )
        )
        found: defaultdict[int, set[int]] = defaultdict(set)
        for conversation_id, topic_id in rows:
            found[conversation_id] |= above.get(topic_id, {topic_id})
        return found

    def _within(self, column: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column >= self.began_at, column < self.ended_at)


def _keys(wait: Wait, topic_ids: Iterable[int]) -> Iterator[Key]:
    """Yield everything that a wait counts for."""
    keys = [(Dimension.ALL, EVERYTHING), (Dimension.ACCOUNT, wait.account_id)]
    keys += [(Dimension.AGENT, wait.agent_id)] if wait.agent_id is not None else []
    keys += [(Dimension.TOPIC, topic_id) for topic_id in topic_ids]
    for inbox_id in (EVERYTHING, wait.inbox_id):
        for dimension, key in keys:
            yield dimension, inbox_id, key


def _counted(wait: Wait) -> Counter[str]:
    took = wait.ended_at - wait.began_at
    is_answered, is_late = wait.outcome != WaitOutcome.CANCELLED, wait.ended_at > wait.due_at
    is_lost = not is_answered and wait.channel == Channel.DM and took.days >= windows.HUMAN_AGENT_DAYS
    return Counter(
        answered=is_answered,
        in_time=is_answered and not is_late,
        late=is_late,
        cancelled=not is_answered,
        lost=is_lost,
    )
