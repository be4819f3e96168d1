"""Every page and fragment that somebody signed in can open, in a company of years: the slowest of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from benchmarks import filling
from benchmarks.figures import Figure, below
from benchmarks.ground import add_account, add_agents, tidy
from benchmarks.pages import CONVERSATIONS, Cost, Reader
from igapp import db, utc
from igapp.desk import prepared, topics
from igapp.desk.rollups import build
from igapp.models import (
    Account,
    Agent,
    Answer,
    AuditEntry,
    Channel,
    Conversation,
    Event,
    Outcome,
    Role,
    Status,
    Topic,
    User,
    Wait,
    WaitOutcome,
)
from tests.infra.stage import Stage

COLLEAGUES, TOPICS, ANSWERS, EVENTS, ENTRIES, WAITS = 200, 60, 200, 200_000, 50_000, 100_000
"""Of everything that pages of the administration list."""
DAYS = 30
"""Over which the company's work lies."""
CALLS = 40
PAGE_MS = 100

NOT_PAGES = frozenset(
    {
        "static", "webhook.handshake", "__flask_sock.serve", "assets.send", "auth.form", "health.alive", "health.ready",
        "live.poll", "metrics.show", "media.show", "media.preview", "own.show_picture", "uploads.show", "uploads.fetch",
        "entering.ask", "entering.by_link", "me.show_two_factor", "privacy.status", "audit.download",
        "login.connect", "login.callback",
    }
)  # fmt: skip
"""Files, downloads, doors, and what machines ask for."""
ASKED = {
    "merging.compare": "?other={other}",
    "merging.candidates": "?words=customer",
    "picking.answers": "?words=an",
    "picking.mates": "?words=ag",
    "search.show": "?q=blue+vase",
    "search.found": "?q=blue+vase",
    "topics.options": "?topic_words=to",
}
"""What pages are asked with."""
MORE = (
    "/inboxes?status=open",
    "/inboxes?status=waiting",
    "/inboxes?status=closed",
    "/inboxes?status=open&due=overdue",
    "/reports?days=30",
    "/reports?days=365",
    "/reports?of=agent:{user}",
    "/settings/ledger?outcome=failed",
    "/settings/ledger?words=mid-crowd-70000",
    "/settings/audit?words=setting",
    "/settings/privacy?words=customer+99",
)


def run(stage: Stage) -> list[Figure]:
    """Measure each page in this process, as an administrator who also has customers."""
    add_account(stage.app)
    (ada, *_) = add_agents(stage.app, COLLEAGUES, are_available=False)
    numbers = _fill(stage.app, ada)
    tidy(stage)
    reader = Reader(stage.app, ada)
    costs = {path: reader.cost(path, CALLS) for path in _paths(stage.app, numbers)}
    slowest = sorted(costs, key=lambda path: costs[path].p95_ms, reverse=True)
    worst = costs[slowest[0]]
    others = [_line(path, costs[path]) for path in slowest[1:] if costs[path].p95_ms >= PAGE_MS] or [
        _line(path, costs[path]) for path in slowest[1:4]
    ]
    return [
        below(f"the slowest of {len(costs)} pages, p95", worst.p95_ms, PAGE_MS, "ms", _said(slowest[0], worst)),
        *others,
    ]


def _line(path: str, cost: Cost) -> Figure:
    return below("the next, p95", cost.p95_ms, PAGE_MS, "ms", _said(path, cost))


def _said(path: str, cost: Cost) -> str:
    return f"{path}: median {cost.ms:.1f}, {cost.queries} queries, {cost.size:,} bytes"


def _paths(app: Flask, numbers: dict[str, int]) -> Iterator[str]:
    """Every address that is opened with GET, with the numbers of something that is there."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES or rule.rule.startswith("/sandbox"):
            continue
        values = {name: numbers[name.removesuffix("_id")] for name in rule.arguments}
        yield adapter.build(rule.endpoint, values) + ASKED.get(rule.endpoint, "").format(**numbers)
    yield from (path.format(**numbers) for path in MORE)


def _fill(app: Flask, ada: User) -> dict[str, int]:
    """Write what years leave behind; return the number of one of each kind."""
    now = utc.now()
    with app.app_context():
        account = db.session().scalars(sa.select(Account)).one()
        user = db.session().get_one(User, ada.id)
        user.role = Role.ADMIN
        customer = filling.history(account, user, 2_000, now)
        filling.crowd(account, user, CONVERSATIONS, now)
        for number in range(TOPICS):
            topics.create(f"Topic {number}", None, user, now)
        for number in range(ANSWERS):
            prepared.save(None, f"Answer {number}", "Thank you for your patience.", user, now)
        filling.insert(Event, _events(account, now))
        filling.insert(AuditEntry, _entries(user, now))
        filling.insert(Wait, _waits(account, db.session().scalars(sa.select(Agent.user_id)).all(), now))
        db.commit()
        for back in range(DAYS):
            build(now.date() - timedelta(days=back), now)
            db.commit()
        return _numbers(customer, account, user)


def _numbers(customer: int, account: Account, user: User) -> dict[str, int]:
    first = db.session().scalar
    mine = sa.select(Conversation).where(Conversation.agent_id == user.id, Conversation.status == Status.OPEN)
    conversation = first(mine.where(Conversation.customer_id == customer))
    other = first(mine.where(Conversation.customer_id != customer))
    assert conversation is not None
    assert other is not None
    return {
        "customer": customer,
        "other": other.customer_id,
        "conversation": conversation.id,
        "account": account.id,
        "inbox": account.inbox_id,
        "user": user.id,
        "topic": first(sa.select(sa.func.max(Topic.id))) or 0,
        "answer": first(sa.select(sa.func.max(Answer.id))) or 0,
        "event": first(sa.select(sa.func.max(Event.id))) or 0,
    }


def _events(account: Account, now: datetime) -> filling.Rows:
    for at in range(EVENTS):
        moment = now - timedelta(seconds=at * DAYS * 86_400 / EVENTS)
        is_failed = at % 1_000 == 0
        yield {
            "platform_account_id": account.ig_user_id, "event_key": f"crowd-{at}", "lane": at % 64, "kind": "message",
            "platform_id": f"mid-crowd-{at}", "igsid": f"9500{at % CONVERSATIONS:010}", "at": moment,
            "received_at": moment, "request_id": f"{at:016x}", "body": "{}", "attempts": 1, "next_try_at": moment,
            "outcome": Outcome.FAILED if is_failed else Outcome.APPLIED, "ended_at": moment,
            "reason": "A reason in words" if is_failed else None,
        }  # fmt: skip


def _entries(user: User, now: datetime) -> filling.Rows:
    for at in range(ENTRIES):
        moment = now - timedelta(seconds=at * DAYS * 86_400 / ENTRIES)
        action = ("setting.changed", "customer.exported", "user.invited", "ledger.replayed")[at % 4]
        yield {"at": moment, "user_id": user.id, "action": action, "subject": f"setting {at}", "details": {"after": at}}


def _waits(account: Account, agents: Sequence[int], now: datetime) -> filling.Rows:
    for at in range(WAITS):
        ended = now - timedelta(seconds=at * DAYS * 86_400 / WAITS)
        began = ended - timedelta(seconds=30 + at % 7_200)
        yield {
            "account_id": account.id, "inbox_id": account.inbox_id, "agent_id": agents[at % len(agents)],
            "channel": Channel.DM, "began_at": began, "due_at": began + utc.hours(1), "ended_at": ended,
            "outcome": WaitOutcome.ANSWERED, "is_first": at % 2 == 0,
        }  # fmt: skip
