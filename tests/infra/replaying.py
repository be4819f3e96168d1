"""A day goes through the real door while workers are killed; what came of it, and what a second time changes."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import requests
import sqlalchemy as sa

from igapp import db
from igapp.instagram.signature import sign
from igapp.models import Attachment, Conversation, Customer, Event, Identity, Item, MediaState, Outcome, PendingChange
from launching.processes import wait_until
from tests.factories import make_account
from tests.infra import outcome
from tests.infra.day import Day, repeated
from tests.infra.stage import Stage
from tests.instagram import wire

WORKERS = ("worker", "worker.2")
CONNECTIONS = 4
TRIES = 20
PATIENCE = 240
"""Seconds in which everything that was delivered must have an outcome."""
KEPT = (Item, Attachment, Customer, Identity, Conversation, PendingChange)
"""What a second delivery of the same must leave as it is, besides the outcomes of the events."""


@dataclass(frozen=True)
class Found:
    """What came of a day that was delivered twice."""

    lost: list[str]
    """What is not there."""
    doubled: int
    """Items that nothing was delivered for, and those that are there twice."""
    wrong: list[str]
    """What looks otherwise than it must, or stands elsewhere."""
    changed: list[str]
    """The tables that the second time changed."""
    miscounted: dict[str, str]
    """Those of the ledger's counts that are not what they must be."""
    killed: int
    seconds: float
    """Until the first time was applied."""


def live(stage: Stage, size: int, customers: int, kill_every: float) -> Found:
    """Let a stage that is not started yet live a day twice; a worker dies every `kill_every` seconds."""
    with stage.app.app_context():
        make_account(ig_user_id=wire.ACCOUNT)
        db.commit()
    stage.start("web", "clock", *WORKERS)
    day = Day(size, customers, f"{stage.sandbox.url}/cdn/avatars")
    bodies = list(day.deliveries())
    began = time.monotonic()
    killed = _deliver_and_kill(stage, bodies, kill_every)
    took = time.monotonic() - began
    wait_until(lambda: not _unfetched(stage), "every picture", seconds=PATIENCE)
    before = _tables(stage)
    killed += _deliver_and_kill(stage, bodies, kill_every)
    after = _tables(stage)
    changed = [name for name in after if before[name] != after[name]]
    return _found(stage, day, bodies, changed=changed, killed=killed, seconds=took)


def _deliver_and_kill(stage: Stage, bodies: Sequence[bytes], kill_every: float) -> int:
    """Deliver all, and wait until each has its outcome; returns how often a worker was killed meanwhile."""
    killed, until, victims = 0, time.monotonic() + PATIENCE, cycle(WORKERS)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = [pool.submit(_deliver, stage, share) for share in _shares(bodies)]
        while not _is_over(stage, answers):
            assert time.monotonic() < until, f"{_pending(stage)} events have no outcome after {PATIENCE} s"
            time.sleep(kill_every)
            stage.restart(next(victims))
            killed += 1
    return killed


def _shares(bodies: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    """Deal the deliveries to the connections, so that they go out about in their order."""
    return [bodies[first::CONNECTIONS] for first in range(CONNECTIONS)]


def _deliver(stage: Stage, bodies: Sequence[bytes]) -> None:
    """Post as Meta does, each again and again until it is answered 200."""
    with requests.Session() as session:
        for body in bodies:
            headers = {"X-Hub-Signature-256": sign(body, wire.SECRET), "Content-Type": "application/json"}
            for _ in range(TRIES):
                answer = session.post(f"{stage.url}/webhooks/instagram", body, headers=headers, timeout=20)
                if answer.status_code == requests.codes.ok:
                    break
                time.sleep(0.2)
            answer.raise_for_status()


def _is_over(stage: Stage, answers: Sequence[Future[None]]) -> bool:
    return all(one.done() and one.result() is None for one in answers) and not _pending(stage)


def _pending(stage: Stage) -> int:
    return _count(stage, sa.select(sa.func.count()).where(Event.outcome == Outcome.PENDING))


def _unfetched(stage: Stage) -> int:
    return _count(stage, sa.select(sa.func.count()).where(Attachment.state == MediaState.WAITING))


def _count(stage: Stage, wanted: sa.Select[int]) -> int:
    with stage.app.app_context():
        return db.session().scalar(wanted) or 0


def _tables(stage: Stage) -> dict[str, list[Any]]:
    """Return every row of what must stay as it is."""
    with stage.app.app_context():
        rows = {kind.__name__: db.session().execute(sa.select(kind.__table__).order_by(kind.id)).all() for kind in KEPT}
        outcomes = sa.select(Event.id, Event.outcome, Event.reason, Event.item_id).order_by(Event.id)
        return {name: list(map(tuple, found)) for name, found in rows.items()} | {
            "Event": list(map(tuple, db.session().execute(outcomes)))
        }


def _found(stage: Stage, day: Day, bodies: list[bytes], **more: Any) -> Found:
    with stage.app.app_context():
        items = outcome.items()
        there = {str(item.platform_id) for item in items}
        return Found(
            lost=sorted(day.ends.keys() - there),
            doubled=len(items) - len(there & day.ends.keys()),
            wrong=outcome.wrong(day, items),
            miscounted=outcome.miscounted(day, 2 * repeated(bodies) + len(day.events)),
            **more,
        )
