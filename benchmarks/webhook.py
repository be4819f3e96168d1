"""The door: answers a second and the slowest, beside the bare floor; what a delivery costs; a body of many events."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from benchmarks import bodies
from benchmarks.caller import Answers, call
from benchmarks.counting import counting
from benchmarks.figures import Figure, at_least, below, median, percentile
from launching.processes import ROOT, Process, answers, free_port, start, stop_all, wait_until
from tests.infra.stage import Stage

ROUNDS = 6
REQUESTS = 2000
CONNECTIONS = 16
WARM_UP = 400

RATE_GOAL = 0.8
P99_GOAL = 2.5
STATEMENTS_GOAL = 4
MANY = 50
MANY_GOAL_MS = 25


@dataclass
class Side:
    """One of the two doors, with what its rounds gave."""

    port: int
    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def go(self) -> None:
        """Play one round."""
        found = self.call(REQUESTS)
        self.rates.append(found.per_second)
        self.took += found.took

    def call(self, number: int) -> Answers:
        """Deliver so many messages, signed beforehand."""
        return call(self.port, bodies.requests(number), CONNECTIONS)


def run(stage: Stage) -> list[Figure]:
    """Measure the door of a stage."""
    statements = _statements(stage)
    stage.start("web")
    product = Side(int(stage.environment["PORT"]))
    with _floor(stage) as port:
        bare = Side(port)
        _rounds(bare, product)
    rate = at_least("webhook: answers", median(product.rates), median(bare.rates), RATE_GOAL)
    return [rate, _slowest(product, bare), statements, _many_events(product.port)]


def _rounds(bare: Side, product: Side) -> None:
    for side in (bare, product):
        side.call(WARM_UP)
    for number in range(ROUNDS):
        for side in (bare, product) if number % 2 else (product, bare):
            side.go()


def _slowest(product: Side, bare: Side) -> Figure:
    slow, least = percentile(product.took, 99), percentile(bare.took, 99)
    ratio = slow / least
    goal = f"≤ {P99_GOAL} × floor"
    return Figure("webhook: p99", f"{slow:.1f} ms", f"{least:.1f} ms", f"{ratio:.2f}", goal, ratio <= P99_GOAL)


def _many_events(port: int) -> Figure:
    """A body of many events, one after the other on one connection."""
    asked = bodies.requests(60, customers=5000, events=MANY)
    took = call(port, asked, connections=1).took[10:]
    note = f"p50 {median(took):.1f}"
    return below(f"webhook: {MANY} events, p95", percentile(took, 95), MANY_GOAL_MS, "ms", note)


def _statements(stage: Stage) -> Figure:
    """The most that any delivery needs, whether of one event or of many customers'."""
    client, most, commits = stage.app.test_client(), 0, 0
    for asked in (1, 1, MANY, 1000):
        raw = bodies.body([bodies.text_event(at) for at in range(asked)])
        head, _, _ = bodies.request(raw).decode().partition("\r\n\r\n")
        signed = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        with counting(_engine(stage)) as seen:
            assert client.post("/webhooks/instagram", data=raw, headers=signed).status_code == 200
        most, commits = max(most, len(seen.statements)), max(commits, seen.commits)
    said, is_met = f"{most} with {commits} commit", most <= STATEMENTS_GOAL and commits == 1
    return Figure("webhook: statements a delivery", said, goal=f"≤ {STATEMENTS_GOAL}, one commit", is_met=is_met)


def _engine(stage: Stage) -> sa.Engine:
    with stage.app.app_context():
        engine: sa.Engine = stage.app.extensions["sqlalchemy"].engine
        return engine


@contextmanager
def _floor(stage: Stage) -> Iterator[int]:
    """Serve the floor just as the product is served: same server, same settings, a database on the same disk."""
    port, url = free_port(), stage.environment["FLOOR_DATABASE_URL"]
    changed = {"DATABASE_URL": url, "PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}"}
    environment = stage.environment | changed
    subprocess.run([sys.executable, "-m", "benchmarks.floor"], cwd=ROOT, env=environment, check=True)
    command = ["gunicorn", "-c", "benchmarks/floor_server.py", "benchmarks.floor:create_app()"]
    process = start("floor", command, environment, log=stage.folder / "floor.log")
    try:
        _wait(port, process)
        yield port
    finally:
        stop_all([process])


def _wait(port: int, process: Process) -> None:
    wait_until(lambda: answers(port), "the floor", alive=[process])
