"""How many events one ingest worker applies in a second, routing included, beside a bare batched insert loop."""

import gc
import time
from typing import Any

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from benchmarks import bodies, floor
from benchmarks.figures import Figure, median
from benchmarks.ground import add_account, add_agents, is_postgres, wait_until_applied
from igapp import db, garbage, redislink, utc
from igapp.instagram import lanes, ledger
from tests.infra.stage import Stage

ROUNDS = 3
EVENTS = 2000
CUSTOMERS = 700
"""The first round finds all of them new, the later ones know them."""
AGENTS = 10
BATCH = 100

GOAL = 1000
"""On Postgres."""


def run(stage: Stage) -> list[Figure]:
    """Measure a worker of a stage; it works in this process."""
    add_account(stage.app)
    add_agents(stage.app, AGENTS, are_available=True)
    with stage.app.app_context():
        floor.metadata.create_all(db.db.engine)
    bare, product = [], []
    for _ in range(ROUNDS):
        bare.append(EVENTS / _insert(stage.app))
        _store(stage.app)
        product.append(EVENTS / _work(stage.app))
        wait_until_applied(stage.app, 0)
    return [
        _figure("worker: events of new customers", product[0], bare, stage),
        _figure("worker: events", median(product[1:]), bare, stage),
    ]


def _figure(name: str, rate: float, bare: list[float], stage: Stage) -> Figure:
    least, goal = median(bare), f"≥ {GOAL:,}/s" if is_postgres(stage) else ""
    return Figure(name, f"{rate:,.0f}/s", f"{least:,.0f}/s", f"{rate / least:.2f}", goal, rate >= GOAL)


def _insert(app: Flask) -> float:
    """The floor: rows of the same bodies, in batches of the same size; returns the seconds."""
    rows = [
        {"key": f"{time.time()}-{at}", "body": bodies.body([bodies.text_event(at)]).decode()} for at in range(EVENTS)
    ]
    with app.app_context():
        statement, began = floor.insert(db.db.engine), time.perf_counter()
        for first in range(0, EVENTS, BATCH):
            with db.db.engine.begin() as connection:
                connection.execute(statement, rows[first : first + BATCH])
    return time.perf_counter() - began


def _store(app: Flask) -> None:
    """Put the events into the ledger as the door does, and ring for their lanes."""
    with app.app_context():
        for first in range(0, EVENTS, BATCH):
            events = [bodies.text_event((first + at) % CUSTOMERS) for at in range(BATCH)]
            receipt = ledger.record(bodies.body(events), "bench", utc.now())
            lanes.wake(receipt.lanes)
        redislink.courier().flush(10)


def _work(app: Flask) -> float:
    """Be an ingest worker until its queue is empty; returns the seconds until the end of the last job."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*garbage.COLLECT_AFTER)
    try:
        with app.app_context():
            worker = Worker(["ingest"], connection=redislink.link(), serializer=JSONSerializer)
            began = time.perf_counter()
            worker.work(burst=True, logging_level="WARNING")
            redislink.courier().flush(10)
        return worker.ended - began
    finally:
        gc.set_threshold(*thresholds)


class Worker(SimpleWorker):
    """Remembers when it was done: RQ's own end takes a second."""

    log_job_description = False
    ended = 0.0

    def perform_job(self, *job: Any, **options: Any) -> bool:
        is_done: bool = super().perform_job(*job, **options)
        self.ended = time.perf_counter()
        return is_done
