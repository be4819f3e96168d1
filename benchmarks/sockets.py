"""One web process that holds many sockets: what each costs, and how soon a ring reaches all of them."""

import selectors
import time
from collections.abc import Sequence

from flask import Flask
from websocket import WebSocket

from benchmarks.crowd import connect, heard
from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_agents, is_postgres
from benchmarks.memory import megabytes
from igapp import bell, db
from tests.infra.stage import Stage, cookie

SOCKETS = {True: 500, False: 100}
"""On Postgres, and on SQLite, whose threads are two for each socket."""
RINGS = 20
GOAL_KB, GOAL_MS = 100, 100


def run(stage: Stage) -> list[Figure]:
    """Measure a web process of a stage."""
    stage.product.environment["WEB_CONCURRENCY"] = "1"
    (agent,) = add_agents(stage.app, 1, are_available=False)
    stage.start("web")
    number, port, key = SOCKETS[is_postgres(stage)], int(stage.environment["PORT"]), cookie(stage.app, agent)
    opened = [connect(port, key, agent.id)]
    before = sum(megabytes(stage.process("web").pid))
    opened += [connect(port, key, agent.id) for _ in range(number - 1)]
    weight = (sum(megabytes(stage.process("web").pid)) - before) / number * 1000
    took = _rings(stage.app, opened)
    for one in opened:
        one.close()
    return [
        below(f"sockets: memory of each of {number}", weight, GOAL_KB, "KB"),
        below("sockets: ring → all told, p99", percentile(took, 99), GOAL_MS, "ms", f"p50 {median(took):.1f}"),
    ]


def _rings(app: Flask, opened: Sequence[WebSocket]) -> list[float]:
    """Return the milliseconds from each ring to each socket."""
    took: list[float] = []
    with selectors.DefaultSelector() as ready:
        for one in opened:
            heard(one)  # what it missed
            ready.register(one, selectors.EVENT_READ, one)
        for _ in range(RINGS):
            took += _ring(app, ready, len(opened))
    return took


def _ring(app: Flask, ready: selectors.BaseSelector, number: int) -> list[float]:
    with app.app_context():
        bell.ring("waiting")
        began = time.perf_counter()
        db.commit()
    took: list[float] = []
    while len(took) < number:
        told = ready.select(10)
        assert told, f"{number - len(took)} of {number} sockets were not told"
        at = (time.perf_counter() - began) * 1000
        took += [at for key, _ in told if heard(key.data)]
    time.sleep(0.2)
    return took
