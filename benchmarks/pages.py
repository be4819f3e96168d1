"""Pages after years: a customer with 100,000 items, lists of 100,000 conversations, 500 comments on one post."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from benchmarks import bodies, filling
from benchmarks.counting import counting
from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_account, add_agents, pending, tidy
from igapp import db, garbage, utc
from igapp.models import Account, Event, Identity, Role, User
from launching.processes import wait_until
from tests.infra.stage import Stage, cookie

FEW, MANY = 100, 100_000
"""Items of a short and of a long history."""
CONVERSATIONS = 100_000
CALLS = 40
"""Of each page."""
COMMENTS, SECONDS = 500, 20
"""Comments on one post, half of them by one person, and in how many seconds: three times as fast as promised."""
OTHERS = 100
"""Messages of other customers meanwhile."""

THREAD_MS, LIST_MS, LIST_BYTES, QUERIES, APPLIED_MS = 20, 15, 60_000, 6, 1000
SAME = 0.02
"""By so much the bytes may differ: numbers with more digits."""


@dataclass(frozen=True)
class Cost:
    """What a page costs the server."""

    ms: float
    p95_ms: float
    cpu_ms: float
    queries: int
    size: int

    def __str__(self) -> str:
        return f"p95 {self.p95_ms:.1f}, CPU {self.cpu_ms:.1f}, {self.queries} queries, {self.size:,} bytes"


class Reader:
    """Someone who is signed in and opens pages, in this process."""

    def __init__(self, app: Flask, user: User) -> None:
        self._client, self._headers = app.test_client(use_cookies=False), {"Cookie": cookie(app, user)}
        with app.app_context():
            self._engine = db.db.engine
        garbage.settle()  # as the web process does

    def cost(self, path: str, calls: int = CALLS) -> Cost:
        """Open a page again and again."""
        self._get(path)
        with counting(self._engine) as seen:
            size = self._get(path)
        times = [self._timed(path) for _ in range(calls)]
        walls, cpus = [one[0] for one in times], [one[1] for one in times]
        return Cost(median(walls), percentile(walls, 95), median(cpus), len(seen.statements), size)

    def _timed(self, path: str) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        self._get(path)
        return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000

    def _get(self, path: str) -> int:
        answer = self._client.get(path, headers=self._headers)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return len(answer.data)


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage: pages in this process, the comments through its own processes."""
    add_account(stage.app)
    (manager,) = add_agents(stage.app, 1, are_available=False)
    few, many = _fill(stage, manager)
    reader = Reader(stage.app, manager)
    return [*_threads(reader, few, many), *_lists(reader), *_storm(stage, reader)]


def _fill(stage: Stage, manager: User) -> list[int]:
    """Return the customers with the short and the long history."""
    with stage.app.app_context():
        account = db.session().scalars(sa.select(Account)).one()
        db.session().get_one(User, manager.id).role = Role.MANAGER
        customers = [filling.history(account, manager, number, utc.now()) for number in (FEW, MANY)]
        filling.crowd(account, manager, CONVERSATIONS, utc.now())
    tidy(stage)
    return customers


def _threads(reader: Reader, few: int, many: int) -> list[Figure]:
    short, long = (reader.cost(f"/customers/{one}/timeline") for one in (few, many))
    page, short_page = (reader.cost(f"/customers/{one}") for one in (many, few))
    return [
        _time("thread of 100,000 items", long, THREAD_MS),
        _same("thread of 100,000 items against 100", long, short),
        Figure("profile of 100,000 items", f"{page.ms:.1f} ms ({page})"),
        _same("profile of 100,000 items against 100", page, short_page),
    ]


def _lists(reader: Reader) -> list[Figure]:
    mine, inboxes = reader.cost("/desk/customers"), reader.cost("/inboxes")
    return [
        _time("My Customers, 100,000 conversations", mine, LIST_MS),
        _most("My Customers: queries", mine.queries, QUERIES, ""),
        _most("My Customers: bytes", mine.size, LIST_BYTES, ""),
        Figure("inboxes page, 100,000 conversations", f"{inboxes.ms:.1f} ms ({inboxes})"),
        _most("inboxes page: bytes", inboxes.size, LIST_BYTES, ""),
    ]


def _storm(stage: Stage, reader: Reader) -> list[Figure]:
    """Many comments on one post come in while other customers write."""
    stage.start()
    with ThreadPoolExecutor(2) as pool:
        comments = [bodies.request(bodies.comment(number)) for number in range(COMMENTS)]
        texts = [bodies.request(bodies.body([bodies.text_event(number)])) for number in range(OTHERS)]
        for sent in [pool.submit(_pour, stage, part) for part in (comments, texts)]:
            sent.result()
    wait_until(lambda: pending(stage.app) == 0, "the ledger", seconds=60)
    thread = reader.cost(f"/customers/{_troll(stage.app)}/timeline")
    return [
        _time("thread of 250 comments on one post", thread, THREAD_MS),
        _most("thread of 250 comments: queries", thread.queries, QUERIES, ""),
        below("others' messages meanwhile, p99", percentile(_delays(stage.app), 99), APPLIED_MS, "ms", "until applied"),
    ]


def _pour(stage: Stage, requests: list[bytes]) -> None:
    """Deliver all of it, evenly, on one connection."""
    link = http.client.HTTPConnection("127.0.0.1", int(stage.environment["PORT"]), timeout=20)
    link.connect()
    began = time.monotonic()
    for number, request in enumerate(requests):
        time.sleep(max(0.0, began + number * SECONDS / len(requests) - time.monotonic()))
        link.sock.sendall(request)
        answer = http.client.HTTPResponse(link.sock)
        answer.begin()
        answer.read()
        assert answer.status == 200, f"a delivery was answered {answer.status}"
    link.close()


def _troll(app: Flask) -> int:
    with app.app_context():
        wanted = sa.select(Identity.customer_id).where(Identity.igsid == bodies.COMMENTER)
        return db.session().scalars(wanted).one()


def _delays(app: Flask) -> list[float]:
    """Milliseconds from the delivery of each message to its being applied."""
    with app.app_context():
        rows = db.session().execute(sa.select(Event.received_at, Event.ended_at).where(Event.kind == "message")).all()
        assert len(rows) == OTHERS, f"{len(rows)} messages in the ledger"
        return [(ended - received).total_seconds() * 1000 for received, ended in rows if ended]


def _time(name: str, cost: Cost, limit: float) -> Figure:
    return below(name, cost.ms, limit, "ms", str(cost))


def _most(name: str, value: int, limit: int, unit: str) -> Figure:
    return Figure(name, f"{value:,}{unit}", goal=f"≤ {limit:,}", is_met=value <= limit)


def _same(name: str, many: Cost, few: Cost) -> Figure:
    is_same = many.queries == few.queries and abs(many.size - few.size) <= SAME * few.size
    said = f"{many.queries} : {few.queries} queries, {many.size / few.size:.2f} × the bytes"
    return Figure(name, said, goal="the same", is_met=is_same)
