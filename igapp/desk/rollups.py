"""Sums of the reports' facts per day of the company's time zone, so that reports stay fast (SPEC 12.5).

Today is summed again every minute, a past day for two days, since late news may still change it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from igapp import db, utc
from igapp.desk import hours, spans, topics, windows
from igapp.desk.reports import COUNTERS
from igapp.models import (
    NOBODY,
    Channel,
    Conversation,
    ConversationTopic,
    Item,
    ItemKind,
    Offer,
    OfferState,
    ReportCount,
    ReportDay,
    ReportSpan,
    Wait,
    WaitOutcome,
)

FRESH_SECONDS = 60
"""So old may today's sums be."""
SETTLING_HOURS = 48
"""So long after its end a day is summed again, hourly: late echoes and fetched messages still come."""

Key = tuple[int, int, int, int]
"""Inbox, account, agent, topic."""


def due(now: datetime) -> list[date]:
    """Return the days to be summed now, the newest first."""
    today = now.astimezone(hours.current().zone).date()
    built = {row.day: row for row in db.session().scalars(sa.select(ReportDay))}
    days = (today - timedelta(days=back) for back in range((today - _first_day(today)).days + 1))
    return [day for day in days if _is_due(built.get(day), now)]


def build(day: date, now: datetime) -> None:
    """Sum one day anew; of two that do so at once the second waits for the first."""
    _claim(day, now)
    locked = sa.select(ReportDay).where(ReportDay.day == day).with_for_update()
    row = db.session().scalars(locked.execution_options(populate_existing=True)).one()
    row.began_at, row.ended_at = _bounds(day)
    counts, histograms = _Sums(row.began_at, row.ended_at).all()
    for table in (ReportCount, ReportSpan):
        db.change(sa.delete(table).where(table.day == day))
    _insert(ReportCount, [_key_values(day, key) | dict(found) for key, found in counts.items()])
    _insert(ReportSpan, list(_span_rows(day, histograms)))
    row.built_at = now


def _is_due(row: ReportDay | None, now: datetime) -> bool:
    if row is None or row.built_at is None:
        return True
    age = now - row.built_at
    if row.ended_at > now:
        return age >= utc.seconds(FRESH_SECONDS)
    settled_at = row.ended_at + utc.hours(SETTLING_HOURS)
    return row.built_at < row.ended_at or (row.built_at < settled_at and age >= utc.hours(1))


def _first_day(today: date) -> date:
    first = db.session().scalar(sa.select(sa.func.min(Wait.ended_at)))
    yesterday = today - timedelta(days=1)
    return min(first.astimezone(hours.current().zone).date(), yesterday) if first else yesterday


def _bounds(day: date) -> tuple[datetime, datetime]:
    """A day begins where the one before it ended, even if the time zone was changed meanwhile."""
    before = db.session().get(ReportDay, day - timedelta(days=1))
    began_at = before.ended_at if before is not None else _midnight(day)
    return began_at, _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), hours.current().zone).astimezone(UTC)


class _Sums:
    """Adds up one day."""

    def __init__(self, began_at: datetime, ended_at: datetime) -> None:
        self.began_at, self.ended_at = began_at, ended_at
        self.counts: defaultdict[Key, Counter[str]] = defaultdict(Counter)
        self.histograms: defaultdict[tuple[Key, bool], Counter[int]] = defaultdict(Counter)

    def all(self) -> tuple[dict[Key, Counter[str]], dict[tuple[Key, bool], Counter[int]]]:
        self._add_waits()
        self._add_inbound()
        self._add_offers()
        return self.counts, self.histograms

    def _add_waits(self) -> None:
        topics_of = self._topics()
        for wait in db.session().scalars(sa.select(Wait).where(self._within(Wait.ended_at))):
            found = topics_of.get(wait.conversation_id or 0, ())
            for topic_id in (NOBODY, *found):
                self._add_wait((wait.inbox_id, wait.account_id, wait.agent_id or NOBODY, topic_id), wait)

    def _add_wait(self, key: Key, wait: Wait) -> None:
        took = (wait.ended_at - wait.began_at).total_seconds()
        is_answered, is_late = wait.outcome != WaitOutcome.CANCELLED, wait.ended_at > wait.due_at
        is_lost = not is_answered and wait.channel == Channel.DM and took > windows.HUMAN_AGENT_DAYS * 86_400
        self.counts[key] += Counter(
            answered=is_answered,
            in_time=is_answered and not is_late,
            late=is_late,
            cancelled=not is_answered,
            lost=is_lost,
        )
        if is_answered:
            self.histograms[key, False][spans.bucket_of(took)] += 1
        if wait.is_first:
            self.histograms[key, True][spans.bucket_of(took)] += 1

    def _topics(self) -> dict[int, set[int]]:
        """Return the topics of each conversation that waited today, with all above them."""
        above = topics.ancestry()
        rows = db.session().execute(
            sa.select(ConversationTopic.conversation_id, ConversationTopic.topic_id)
            .join(Wait, Wait.conversation_id == ConversationTopic.conversation_id)
            .where(self._within(Wait.ended_at))
            .distinct()
        )
        found: defaultdict[int, set[int]] = defaultdict(set)
        for conversation_id, topic_id in rows:
            found[conversation_id] |= above.get(topic_id, {topic_id})
        return found

    def _add_inbound(self) -> None:
        rows = db.session().execute(
            sa.select(Conversation.inbox_id, Item.account_id, sa.func.count())
            .join(Conversation, Conversation.id == Item.conversation_id)
            .where(self._within(Item.at), Item.is_inbound, Item.kind != ItemKind.REFERRAL)
            .group_by(Conversation.inbox_id, Item.account_id)
        )
        for inbox_id, account_id, number in rows:
            self.counts[inbox_id, account_id or NOBODY, NOBODY, NOBODY]["inbound"] += number

    def _add_offers(self) -> None:
        given_up = (OfferState.DECLINED, OfferState.MISSED)
        rows = db.session().execute(
            sa.select(Conversation.inbox_id, Offer.agent_id, Offer.state, sa.func.count())
            .join(Conversation, Conversation.id == Offer.conversation_id)
            .where(self._within(Offer.ended_at), Offer.state.in_([db.written(Offer.state, one) for one in given_up]))
            .group_by(Conversation.inbox_id, Offer.agent_id, Offer.state)
        )
        for inbox_id, agent_id, state, number in rows:
            self.counts[inbox_id, NOBODY, agent_id, NOBODY][str(state.value)] += number

    def _within(self, column: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column >= self.began_at, column < self.ended_at)


def _claim(day: date, now: datetime) -> None:
    """Make the day's row, which is then locked, unless it is there."""
    insert: Any = (postgresql if db.is_postgres() else sqlite).insert(ReportDay)
    values = {"day": day, "began_at": now, "ended_at": now, "built_at": None}
    db.session().execute(insert.values(values).on_conflict_do_nothing())


def _key_values(day: date, key: Key) -> dict[str, Any]:
    inbox_id, account_id, agent_id, topic_id = key
    counters = dict.fromkeys(COUNTERS, 0)
    ids = {"inbox_id": inbox_id, "account_id": account_id, "agent_id": agent_id, "topic_id": topic_id}
    return {"day": day} | ids | counters


def _span_rows(day: date, histograms: dict[tuple[Key, bool], Counter[int]]) -> Iterator[dict[str, Any]]:
    for (key, is_first), histogram in histograms.items():
        ids = {name: value for name, value in _key_values(day, key).items() if name not in COUNTERS}
        for bucket, answers in histogram.items():
            yield ids | {"is_first": is_first, "bucket": bucket, "answers": answers}


def _insert(table: type[ReportCount] | type[ReportSpan], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session().execute(sa.insert(table), rows)
