"""How long things are kept: what is older goes, daily and in slices; a dry run only counts it (SPEC 12.2)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from igapp import db, utc
from igapp.background import later
from igapp.desk import audit, wiping
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Customer, Event, Item, Outcome, RetentionRun, Setting, Status, User

MONTH_DAYS = 30.4375
"""Of a month on average."""
EVERY_HOURS = 24
"""Between two passes that begin by themselves."""
KEPT_EVENT_DAYS = 3
"""Meta delivers again for 36 hours: until then the ledger must know what it has seen."""
COUNTED_AT_ONCE = 500
"""Conversations that a dry run counts in one slice."""
PAGE_SIZE = 20
"""Passes that the page shows."""


@dataclass(frozen=True)
class Retention:
    """How long; 0 keeps for good."""

    conversation_months: int = 0
    """After a conversation was closed, it goes with all that was said in it."""
    event_days: int = 0
    """After an event was settled, its raw text goes."""


LIMITS = {"conversation_months": (0, 120), "event_days": (0, 3650)}
IS_CLOSED = Conversation.status == db.written(Conversation.status, Status.CLOSED)


def current() -> Retention:
    """Return the settings in force."""
    names = {f"retention_{field.name}": field.name for field in fields(Retention)}
    rows = db.session().execute(sa.select(Setting.name, Setting.value).where(Setting.name.in_(names)))
    return Retention(**{names[name]: value["value"] for name, value in rows})


def change(wanted: Retention, user: User, now: datetime) -> None:
    """Put other settings in force; raises Refused."""
    db.take_turn("settings")
    before = asdict(current())
    _check(wanted)
    for name, value in asdict(wanted).items():
        if before[name] != value:
            row = db.session().get(Setting, f"retention_{name}") or Setting(name=f"retention_{name}")
            row.value, row.changed_at, row.changed_by_id = {"value": value}, now, user.id
            db.session().add(row)
            audit.record(user, "retention.changed", name, now, before=before[name], after=value)


def is_over(at: datetime, now: datetime) -> bool:
    """Whether what was said then is too old to be kept, so that nobody fetches it again."""
    before = _before(now, current().conversation_months * MONTH_DAYS)
    return before is not None and at < before


def begin(wanted: Retention, by: User | None, now: datetime, *, is_dry: bool) -> RetentionRun | None:
    """Begin a pass; None where nothing has an end, or another pass is under way. Raises Refused."""
    _check(wanted)
    if wanted == Retention() or _under_way() is not None:
        return None
    run = RetentionRun(
        is_dry=is_dry,
        conversations_before=_before(now, wanted.conversation_months * MONTH_DAYS),
        events_before=_before(now, wanted.event_days),
        asked_by=by,
        began_at=now,
        counts={},
    )
    db.session().add(run)
    db.session().flush()
    if by is not None:
        audit.record(by, "retention.counted" if is_dry else "retention.begun", str(run.id), now)
    later("retain", run.id)
    return run


def begin_if_due(now: datetime) -> None:
    """Begin the daily pass; one that was interrupted goes on."""
    run = _under_way()
    if run is not None:
        later("retain", run.id)
        return
    last = sa.select(sa.func.max(RetentionRun.began_at)).where(RetentionRun.is_dry.is_(False))
    began_at = db.session().scalar(last)
    if began_at is None or now - began_at >= utc.hours(EVERY_HOURS):
        begin(current(), None, now, is_dry=False)


def latest(limit: int = PAGE_SIZE) -> Sequence[RetentionRun]:
    """Return the newest passes."""
    return db.session().scalars(sa.select(RetentionRun).order_by(RetentionRun.id.desc()).limit(limit)).all()


def advance(run_id: int, now: datetime) -> bool:
    """Do one slice of a pass; returns whether more remains. Commit, then call again."""
    locked = sa.select(RetentionRun).where(RetentionRun.id == run_id).with_for_update(of=RetentionRun)
    run = db.session().scalar(locked.execution_options(populate_existing=True))
    if run is None or run.ended_at is not None:
        return False
    found = _count(run) if run.is_dry else _slice(run, now)
    if found:
        run.counts = dict(Counter(run.counts) + found) | ({"at": found["at"]} if "at" in found else {})
        return True
    run.counts = {name: number for name, number in run.counts.items() if name != "at"}
    run.ended_at = now
    return False


def _slice(run: RetentionRun, now: datetime) -> Counter[str]:
    if run.conversations_before is not None:
        gone = _old_conversations(run.conversations_before)
        if gone:
            return gone
    if run.events_before is not None:
        settled = Event.outcome.in_((Outcome.APPLIED, Outcome.IGNORED))
        return wiping.events(sa.and_(settled, Event.received_at < run.events_before), now)
    return Counter()


def _old_conversations(before: datetime) -> Counter[str]:
    """Take the oldest closed conversations: first what was said, then themselves, then who is left without any."""
    old = sa.and_(IS_CLOSED, Conversation.closed_at < before)
    wanted = sa.select(Conversation.id, Conversation.customer_id).where(old).order_by(Conversation.closed_at)
    rows = db.session().execute(wanted.limit(wiping.CONVERSATIONS_AT_ONCE)).all()
    if not rows:
        return Counter()
    ids = [row.id for row in rows]
    gone = wiping.items(Item.conversation_id.in_(ids))
    if gone:
        return gone
    gone = wiping.conversations(Conversation.id.in_(ids))
    return gone + _without_conversations({row.customer_id for row in rows})


def _without_conversations(customer_ids: set[int]) -> Counter[str]:
    """Whoever has no conversation left goes; a blocked one is remembered, or they would not be blocked any more."""
    left = sa.exists().where(Conversation.customer_id == Customer.id)
    wanted = sa.select(Customer.id).where(Customer.id.in_(customer_ids), ~left, Customer.is_blocked.is_(False))
    ids = db.session().scalars(wanted).all()
    if not ids:
        return Counter()
    merged = db.session().scalars(sa.select(Customer.id).where(Customer.merged_into_id.in_(ids))).all()
    return wiping.uploads([*ids, *merged]) + wiping.details([*ids, *merged]) + wiping.customers(ids)


def _count(run: RetentionRun) -> Counter[str]:
    """Count one batch of what would go; "at" is the last conversation counted."""
    at = int(run.counts.get("at", 0))
    if run.conversations_before is not None:
        old = sa.and_(IS_CLOSED, Conversation.closed_at < run.conversations_before, Conversation.id > at)
        ids = db.session().scalars(
            sa.select(Conversation.id).where(old).order_by(Conversation.id).limit(COUNTED_AT_ONCE)
        )
        batch = ids.all()
        if batch:
            items = sa.select(sa.func.count()).where(Item.conversation_id.in_(batch))
            found = Counter(conversations=len(batch), items=db.session().scalar(items) or 0)
            found["at"] = batch[-1]
            return found
    if run.events_before is not None and "events" not in run.counts:
        settled = Event.outcome.in_((Outcome.APPLIED, Outcome.IGNORED))
        number = sa.select(sa.func.count()).where(settled, Event.received_at < run.events_before, Event.body != "")
        return +Counter(events=db.session().scalar(number) or 0)
    return Counter()


def _check(wanted: Retention) -> None:
    for name, value in asdict(wanted).items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise Refused(f"Write a whole number from {low} to {high}; 0 keeps for good.", name)
    if 0 < wanted.event_days < KEPT_EVENT_DAYS:
        sentence = f"Raw events are kept for at least {KEPT_EVENT_DAYS} days: Instagram may deliver them again."
        raise Refused(sentence, "event_days")


def _before(now: datetime, days: float) -> datetime | None:
    return now - timedelta(days=days) if days else None


def _under_way() -> RetentionRun | None:
    return db.session().scalar(sa.select(RetentionRun).where(RetentionRun.ended_at.is_(None)).limit(1))
