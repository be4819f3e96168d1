"""The link to Redis: connections, and one courier per process that carries what commits left behind.

Redis only rings: what is lost here is found by the clock, so errors are logged and swallowed.
"""

import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import current_app
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from igapp.config import Config

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.01
"""How long the courier rests after a round trip: what comes meanwhile goes together."""
CONNECT_SECONDS = 2
"""How long a connection attempt may take."""
ANSWER_SECONDS = 8
"""How long an answer may take: the bell is listened to for 5 s at a time."""
QUICK_SECONDS = 2
"""The same for both where a page or a monitor waits."""

Errand = Callable[[Redis, Pipeline, list[Any]], None]
"""Something to do with Redis, for all that was gathered: look things up on the connection, fill the pipeline."""


def connect(config: Config, seconds: float | None = ANSWER_SECONDS) -> Redis:
    """Return a connection pool for REDIS_URL; a TLS certificate is checked unless told otherwise.

    An answer may take so many seconds; RQ's workers, which wait for work, set their own.
    """
    connect_seconds = min(CONNECT_SECONDS, seconds or CONNECT_SECONDS)
    options: dict[str, object] = {"socket_connect_timeout": connect_seconds, "socket_timeout": seconds}
    if urlsplit(config.redis_url).scheme == "rediss" and config.redis_tls_insecure:
        options["ssl_cert_reqs"] = None
    return Redis.from_url(config.redis_url, **options)


def link() -> Redis:
    """Return the current app's connection."""
    redis: Redis = current_app.extensions["redis"]
    return redis


def quick() -> Redis:
    """Return the current app's connection for what somebody waits for: a Redis that is silent is soon given up."""
    redis: Redis = current_app.extensions["quick redis"]
    return redis


class Courier:
    """Runs errands to Redis from a thread of its own, each for many in one round trip."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.waiting: queue.Queue[tuple[Errand, list[Any]]] = queue.Queue()
        self.thread: threading.Thread | None = None
        self.starting = threading.Lock()

    def take(self, errand: Errand, values: list[Any]) -> None:
        """Accept values for an errand; returns at once."""
        self.waiting.put((errand, values))
        if self.thread is None or not self.thread.is_alive():
            self._start()

    def flush(self, timeout: float = 2.0) -> None:
        """Wait until all errands taken so far are run, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self.waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(GATHER_SECONDS)

    def _start(self) -> None:
        with self.starting:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, name="courier", daemon=True)
                self.thread.start()
                atexit.register(self.flush)

    def _work(self) -> None:
        while True:
            taken = [self.waiting.get()]
            while not self.waiting.empty():
                taken.append(self.waiting.get_nowait())
            try:
                self._run(_gathered(taken))
            finally:
                for _ in taken:
                    self.waiting.task_done()
            time.sleep(GATHER_SECONDS)

    def _run(self, errands: dict[Errand, list[Any]]) -> None:
        try:
            with self.redis.pipeline(transaction=False) as pipeline:
                for errand, values in errands.items():
                    errand(self.redis, pipeline, values)
                pipeline.execute()
        except RedisError as error:
            log.warning("redis_unreachable errands=%d error=%s", len(errands), type(error).__name__)
        except Exception:
            log.exception("courier_failed errands=%d", len(errands))


def _gathered(taken: Iterable[tuple[Errand, list[Any]]]) -> dict[Errand, list[Any]]:
    """Return each errand with its values, each value once."""
    errands: dict[Errand, dict[Any, None]] = {}
    for errand, values in taken:
        errands.setdefault(errand, {}).update(dict.fromkeys(values))
    return {errand: list(values) for errand, values in errands.items()}


def leave() -> NoReturn:
    """End the process at once: taking the interpreter down in good order takes seconds that a platform may not give."""
    courier().flush(0.5)
    logging.shutdown()
    os._exit(0)


def courier() -> Courier:
    """Return the current app's courier."""
    found: Courier = current_app.extensions["courier"]
    return found
