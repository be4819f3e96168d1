"""Delivers webhook bodies in the background: signed, several at once, tried again until 200."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus

import urllib3

from igapp.sandbox.store import Store
from igapp.sandbox.webhooks import signing

WORKERS = 8
TIMEOUT_SECONDS = 5.0
GIVE_UP_SECONDS = 36 * 3600
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
KEPT = 20_000


class Sender:
    """A queue ordered by due time and a pool of threads; every attempt is written down.

    `target` answers (URL, secret) at each attempt, so that both may change while it runs.
    """

    def __init__(self, store: Store, target: Callable[[], tuple[str, str]]) -> None:
        self._store = store
        self._target = target
        self._queue: list[tuple[float, int]] = []
        lock = threading.Lock()
        self._ready = threading.Condition(lock)
        self._settled = threading.Condition(lock)
        self._watched: dict[int, threading.Event] = {}
        self._in_flight = 0
        self._stopping = False
        self._threads: list[threading.Thread] = []
        self._pool = urllib3.PoolManager(num_pools=4, maxsize=WORKERS, retries=False)
        self._ids = itertools.count((store.value("SELECT max(id) FROM deliveries") or 0) + 1)
        self._take_up()

    def post(
        self,
        body: bytes,
        refs: Sequence[str],
        delay: float = 0.0,
        tried: threading.Event | None = None,
    ) -> int:
        """Queue a body that tells of `refs`; answers the delivery's number.

        `tried` is set once it was sent for the first time, whatever came back.
        """
        number = next(self._ids)
        if tried is not None:
            self._watched[number] = tried
        self._store.run(
            "INSERT INTO deliveries (id, created_at, body, events, state) VALUES (?, ?, ?, ?, 'pending')",
            number,
            time.time(),
            body,
            len(refs),
        )
        self._store.many("INSERT INTO delivery_refs VALUES (?, ?)", [(ref, number) for ref in refs])
        self._push(number, delay)
        return number

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is pending; False if that took longer than so many seconds."""
        with self._settled:
            return self._settled.wait_for(lambda: self.pending == 0, seconds)

    @property
    def pending(self) -> int:
        return len(self._queue) + self._in_flight

    def hurry(self) -> None:
        """Try everything that waits for its next attempt at once."""
        with self._ready:
            self._queue = [(0.0, number) for _, number in sorted(self._queue)]
            self._ready.notify_all()

    def forget(self) -> None:
        """Drop what waits, and wait for what is being sent."""
        with self._settled:
            self._queue.clear()
            self._settled.wait_for(lambda: self._in_flight == 0, TIMEOUT_SECONDS + 1)
            self._queue.clear()
            self._watched.clear()

    def stop(self) -> None:
        with self._ready:
            self._stopping = True
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS + 1)

    def _take_up(self) -> None:
        """What a former process left unsent."""
        for row in self._store.rows("SELECT id FROM deliveries WHERE state = 'pending'"):
            self._push(row["id"], 0.0)

    def _push(self, number: int, delay: float) -> None:
        with self._ready:
            heapq.heappush(self._queue, (time.monotonic() + delay, number))
            if len(self._threads) < WORKERS:
                self._start_one()
            self._ready.notify()

    def _start_one(self) -> None:
        name = f"webhook-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (number := self._next()) is not None:
            pause = None
            try:
                pause = self._attempt(number)
            finally:
                self._done(number, pause)

    def _done(self, number: int, pause: float | None) -> None:
        """Count it as over, or put it back for its next attempt, in one step."""
        if tried := self._watched.pop(number, None):
            tried.set()
        with self._ready:
            self._in_flight -= 1
            if pause is not None:
                heapq.heappush(self._queue, (time.monotonic() + pause, number))
                self._ready.notify()
            self._settled.notify_all()

    def _next(self) -> int | None:
        with self._ready:
            while not self._stopping:
                now = time.monotonic()
                if self._queue and self._queue[0][0] <= now:
                    self._in_flight += 1
                    return heapq.heappop(self._queue)[1]
                self._ready.wait(self._queue[0][0] - now if self._queue else None)
        return None

    def _attempt(self, number: int) -> float | None:
        """Send it once; answers the seconds until the next attempt, None when it is over."""
        row = self._store.row("SELECT * FROM deliveries WHERE id = ?", number)
        if row is None:
            return None
        started = time.perf_counter()
        status = self._send(bytes(row["body"]))
        took = (time.perf_counter() - started) * 1000
        state = self._state(status, row["created_at"])
        self._store.run(
            "UPDATE deliveries SET attempts = attempts + 1, status = ?, ms = ?, state = ?,"
            " answered_at = ? WHERE id = ?",
            status,
            took,
            state,
            time.time(),
            number,
        )
        if number % 1000 == 0:
            self._prune(number - KEPT)
        return PAUSES[min(row["attempts"], len(PAUSES) - 1)] if state == "pending" else None

    def _send(self, body: bytes) -> int:
        """The status, or 0 where no answer came."""
        url, secret = self._target()
        try:
            answer = self._pool.request(
                "POST",
                url,
                body=body,
                headers=signing.headers(body, secret),
                timeout=TIMEOUT_SECONDS,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError:
            return 0
        return answer.status

    def _state(self, status: int, created_at: float) -> str:
        if status == HTTPStatus.OK:
            return "delivered"
        return "dropped" if time.time() - created_at > GIVE_UP_SECONDS else "pending"

    def _prune(self, number: int) -> None:
        """Forget what was delivered long ago, so that a bench of a day does not fill the memory."""
        with self._store.transaction():
            self._store.run("DELETE FROM delivery_refs WHERE delivery < ?", number)
            self._store.run("DELETE FROM deliveries WHERE id < ? AND state = 'delivered'", number)
