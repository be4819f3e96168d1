"""The worker process: a parent that keeps one child per kind of work, so that none starves another (L11)."""

import importlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import current_app
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from igapp import garbage, redislink, schema
from igapp.config import Config, ConfigError

log = logging.getLogger(__name__)

KINDS = {"outbound": ("outbound",), "ingest": ("ingest",), "media": ("media", "maintenance")}
"""Each kind of child, and the queues that it drains."""
MOST_PER_KIND = 32
"""Children of one kind at the most."""
STOP_SECONDS = 7.0
"""A child that has not ended by then is killed: everything may be killed without loss."""
RETRY_SECONDS = 1.0
"""Between two tries to reach Redis, and before a child that died is replaced."""
WATCH_SECONDS = 0.1
"""Between two looks at the children."""

MIGRATIONS_SECONDS = 60
"""How long a process that starts waits for the migrations of a release."""

Signal = int


class Worker(SimpleWorker):
    """RQ's worker without forks, back within two seconds after Redis was away."""

    max_connection_wait_time = 2.0
    log_job_description = False
    is_stopping = False

    def request_stop(self, signum: Signal, frame: FrameType | None) -> None:
        """Stop after the job at hand, or at once while waiting for one."""
        self.is_stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's is untyped

    def set_shutdown_requested_date(self) -> None:
        """Tell Redis nothing: this runs in a signal's handler, in the middle of whatever the job does."""


def counts(wanted: str) -> dict[str, int]:
    """Read WORKERS, such as "ingest=2,media=3"; kinds not named have one child. Raises ConfigError."""
    found = dict.fromkeys(KINDS, 1)
    for part in filter(None, (part.strip() for part in wanted.split(","))):
        kind, _, number = part.partition("=")
        if kind not in KINDS or not number.isdecimal() or not 1 <= int(number) <= MOST_PER_KIND:
            names = ", ".join(KINDS)
            raise ConfigError(f"WORKERS is malformed: it must be like ingest=2 ({names}; 1 to {MOST_PER_KIND}).")
        found[kind] = int(number)
    return found


def run(wanted: dict[str, int]) -> None:
    """Keep the children running until SIGTERM or SIGINT, then stop them within 8 seconds."""
    family = Family([kind for kind, count in wanted.items() for _ in range(count)])
    _on_stop(_leave)
    try:
        _get_ready()
        _on_stop(family.stop)
    except Stopped:
        return
    family.keep()


def _on_stop(act: Callable[[Signal, FrameType | None], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, act)


def _get_ready() -> None:
    """Load once, before the children, what they all need: they share its memory. Wait for the tables."""
    importlib.import_module("igapp.jobs")
    configure_mappers()
    schema.wait(MIGRATIONS_SECONDS)
    garbage.settle()


def _leave(_number: Signal, _frame: FrameType | None) -> None:
    """There are no children yet to wait for, and a database that is silent would be waited for."""
    raise Stopped


class Stopped(BaseException):
    """Somebody asked for the end before work began; nothing on the way may take it for an error."""


class Family:
    """The children: each is replaced when it dies."""

    def __init__(self, kinds: list[str]) -> None:
        self.missing = kinds
        self.children: dict[int, str] = {}
        self.is_stopping = False
        self.not_before = 0.0

    def stop(self, _number: Signal, _frame: FrameType | None) -> None:
        """Ask for the end; keep() sees to it."""
        self.is_stopping = True

    def keep(self) -> None:
        """Start what is missing until asked to stop; returns when all children are gone."""
        while not self.is_stopping:
            while self.missing and time.monotonic() >= self.not_before:
                self._start(self.missing.pop())
            self._bury()
            time.sleep(WATCH_SECONDS)
        self._end()

    def _start(self, kind: str) -> None:
        parent = os.getpid()
        child = os.fork()
        if child:
            self.children[child] = kind
            return
        try:
            _be_child(kind, parent)
        except BaseException:
            log.exception("worker_failed kind=%s", kind)
            os._exit(1)
        os._exit(0)

    def _bury(self) -> None:
        for child in list(self.children):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                kind = self.children.pop(child)
                if not self.is_stopping:
                    log.warning("worker_died kind=%s pid=%d status=%d", kind, child, status)
                    self.missing.append(kind)
                    self.not_before = time.monotonic() + RETRY_SECONDS

    def _end(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        self._signal(signal.SIGTERM)
        while self.children and time.monotonic() < deadline:
            time.sleep(WATCH_SECONDS / 5)
            self._bury()
        self._signal(signal.SIGKILL)

    def _signal(self, number: Signal) -> None:
        for child in self.children:
            os.kill(child, number)


def _be_child(kind: str, parent: int) -> None:
    """Work until told to stop, or until the parent is gone; Redis may come and go."""
    logging.getLogger("rq.worker").addFilter(_in_one_line)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    is_stopping = False
    while not is_stopping:
        is_stopping = _work(kind)
        if not is_stopping:
            time.sleep(RETRY_SECONDS)
    redislink.courier().flush(1.0)
    logging.shutdown()


def _in_one_line(record: logging.LogRecord) -> bool:
    """Of RQ's troubles keep the line: jobs end their own exceptions, so these are Redis going away."""
    record.exc_info = None
    return True


def _work(kind: str) -> bool:
    """Work as long as Redis answers; returns whether the end was asked for."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # until the worker has handlers of its own
    config: Config = current_app.extensions["config"]
    worker = None
    try:
        worker = Worker(KINDS[kind], connection=redislink.connect(config, None), serializer=JSONSerializer)
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("redis_unreachable kind=%s error=%s", kind, type(error).__name__)
    return worker is not None and worker.is_stopping


def _watch(parent: int) -> None:
    """End with the parent, however it ended."""
    while os.getppid() == parent:
        time.sleep(RETRY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)
