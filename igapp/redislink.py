"""The link to Redis: connections, and one courier per process that carries what commits left behind.

Redis only rings: what is lost here is found by the clock, so errors are logged and swallowed.
"""

import atexit
import logging
import queue
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import current_app
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from igapp.config import Config

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.002
"""How long the courier gathers before one round trip to Redis."""
CONNECT_SECONDS = 2
"""How long a connection attempt may take."""

Letter = Callable[[Redis, Pipeline], None]
"""Something to do with Redis: look things up on the connection, put commands into the pipeline."""


def connect(config: Config, socket_timeout: float | None = None) -> Redis:
    """Return a connection pool for REDIS_URL; a TLS certificate is checked unless told otherwise."""
    options: dict[str, object] = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": socket_timeout}
    if urlsplit(config.redis_url).scheme == "rediss" and config.redis_tls_insecure:
        options["ssl_cert_reqs"] = None
    return Redis.from_url(config.redis_url, **options)


def link() -> Redis:
    """Return the current app's connection."""
    redis: Redis = current_app.extensions["redis"]
    return redis


class Courier:
    """Carries letters to Redis from a thread of its own, many in one round trip."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.letters: queue.Queue[Letter] = queue.Queue()
        self.thread: threading.Thread | None = None
        self.starting = threading.Lock()

    def take(self, letter: Letter) -> None:
        """Accept a letter; returns at once."""
        self.letters.put(letter)
        if self.thread is None or not self.thread.is_alive():
            self._start()

    def flush(self, timeout: float = 2.0) -> None:
        """Wait until all letters taken so far are delivered, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self.letters.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(GATHER_SECONDS)

    def _start(self) -> None:
        with self.starting:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, name="courier", daemon=True)
                self.thread.start()
                atexit.register(self.flush)

    def _work(self) -> None:
        while True:
            letters = [self.letters.get()]
            time.sleep(GATHER_SECONDS)
            while not self.letters.empty():
                letters.append(self.letters.get_nowait())
            try:
                self._deliver(letters)
            finally:
                for _ in letters:
                    self.letters.task_done()

    def _deliver(self, letters: list[Letter]) -> None:
        try:
            with self.redis.pipeline(transaction=False) as pipeline:
                for letter in letters:
                    letter(self.redis, pipeline)
                pipeline.execute()
        except RedisError as error:
            log.warning("redis_unreachable letters=%d error=%s", len(letters), type(error).__name__)
        except Exception:
            log.exception("courier_failed letters=%d", len(letters))


def courier() -> Courier:
    """Return the current app's courier."""
    found: Courier = current_app.extensions["courier"]
    return found
