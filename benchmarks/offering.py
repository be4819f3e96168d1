"""From a customer's message to the offer that an agent's page may read, while a team is at work."""

import time
from collections.abc import Callable

import sqlalchemy as sa

from benchmarks import bodies
from benchmarks.caller import call
from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_account, add_agents, is_postgres
from benchmarks.routing_work import room_for, until_held
from igapp import db
from igapp.models import Conversation, Identity, Offer
from tests.concurrency.crowd import at_once
from tests.infra.stage import Stage

AGENTS, MESSAGES, PER_SECOND = 200, 600, 50
PLACES = 10
"""Customers of one agent: room for all who write."""
WARM_UP = 50
"""Messages that are not counted: processes that have just started are slow for once."""
GOAL_MS = 250
JOBS = ("send", "look", "answer 0", "answer 1")
"""What one process each does."""
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 30

Meet = Callable[[], object]
Moments = dict[str, float]
"""Customers' ids at the platform, each with a moment in seconds."""


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage with everything running; agents take what they are offered soon."""
    add_account(stage.app)
    add_agents(stage.app, AGENTS, are_available=True)
    with stage.app.app_context():
        room_for(PLACES)
    stage.start()
    port = int(stage.environment["PORT"])
    with stage.app.app_context():
        sent, seen = _moments(at_once(stage.environment, _act, [(one, port) for one in JOBS]))
    took = [(seen[one] - moment) * 1000 for one, moment in list(sent.items())[WARM_UP:]]
    note = f"p50 {median(took):.0f}, {PER_SECOND}/s from new customers to {AGENTS} agents"
    name, slowest = "message → offer, p99", percentile(took, 99)
    return [
        below(name, slowest, GOAL_MS, "ms", note) if is_postgres(stage) else Figure(name, f"{slowest:.0f} ms ({note})")
    ]


def _moments(ends: list[tuple[str, Moments]]) -> tuple[Moments, Moments]:
    found = dict(ends)
    return found["send"], found["look"]


def _act(meet: Meet, job: str, port: int) -> tuple[str, Moments]:
    if job.startswith("answer"):
        until_held(meet, job, MESSAGES)
        return job, {}
    meet()
    return job, _sent(port) if job == "send" else _seen()


def _sent(port: int) -> Moments:
    """Send the messages one by one; each counts from the moment at which it was due, so that none is late for free."""
    events = [bodies.text_event(number) for number in range(MESSAGES)]
    requests = [bodies.request(bodies.body([event])) for event in events]
    sent, began = {}, time.time()
    for number, (event, asked) in enumerate(zip(events, requests, strict=True)):
        due = began + number / PER_SECOND
        time.sleep(max(0.0, due - time.time()))
        sent[event["sender"]["id"]] = due
        call(port, [asked], connections=1)
    return sent


def _seen() -> Moments:
    """Look for new offers until every customer has had one."""
    seen: Moments = {}
    newest, deadline = 0, time.time() + MESSAGES / PER_SECOND + PATIENCE_SECONDS
    while len(seen) < MESSAGES:
        assert time.time() < deadline, f"{MESSAGES - len(seen)} customers were offered to nobody"
        for number, igsid in _offered_after(newest - AGENTS):
            newest = max(newest, number)
            seen.setdefault(igsid, time.time())
        time.sleep(LOOK_SECONDS)
    return seen


def _offered_after(number: int) -> list[tuple[int, str]]:
    """Return the offers with greater numbers; of two that are made at once the lower may appear later."""
    wanted = sa.select(Offer.id, Identity.igsid).join(Conversation, Conversation.id == Offer.conversation_id)
    wanted = wanted.join(Identity, Identity.customer_id == Conversation.customer_id).where(Offer.id > number)
    found = [(row[0], row[1]) for row in db.session().execute(wanted)]
    db.session().rollback()
    return found
