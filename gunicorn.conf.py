"""How the web process serves.

On Postgres greenlets hold thousands of sockets. SQLite's lock waits in C, where greenlets cannot take
turns, so it gets threads: two for each open socket, so many agents want Postgres.
"""

import importlib.util
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from gunicorn import glogging


def _read_environment() -> Any:
    """Return the settings; refuse to start with one line where one is missing: workers would be replaced for ever.

    The module is loaded by its path, since its package imports what gevent must patch first.
    """
    path = Path(__file__).parent / "igapp" / "config.py"
    spec = importlib.util.spec_from_file_location("checked_config", path)
    if spec is None or spec.loader is None:
        sys.exit("igapp/config.py is missing.")
    config = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = config
    spec.loader.exec_module(config)
    try:
        return config.Config.from_env()
    except config.ConfigError as error:
        sys.exit(str(error))


def _number(name: str, default: int, most: int) -> int:
    """Read a number that only this file needs; refuse to start with one line where it is none."""
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= most:
        sys.exit(f"{name} is malformed: it must be a number from 1 to {most}.")
    return int(value)


class Line(logging.Formatter):
    """A line of JSON like ours, for what gunicorn says while our own logging does not stand yet, and for its parent."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat()
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": moment,
        }
        return json.dumps(line | ({"exception": self.formatException(record.exc_info)} if record.exc_info else {}))


class Lines(glogging.Logger):  # type: ignore[misc]  # the library has no types
    """Gunicorn's own lines: in the format asked for, and without what a request's line holds."""

    def setup(self, cfg: Any) -> None:
        """Prepare the loggers."""
        super().setup(cfg)
        self.error_log.addFilter(_without_request)
        for handler in self.error_log.handlers if _settings.log_format == "json" else ():
            handler.setFormatter(Line())


def _without_request(record: logging.LogRecord) -> bool:
    """An address may hold names and tokens, and a request that cannot be read anything."""
    for event in ("Invalid request", "Error handling request"):
        if str(record.msg).startswith(event):
            record.msg, record.args = event, ()
    return True


_settings = _read_environment()
_on_sqlite = os.environ.get("DATABASE_URL", "").startswith("sqlite")

bind = f"0.0.0.0:{_number('PORT', 5000, 65_535)}"
workers = _number("WEB_CONCURRENCY", 2, 64)
worker_class = "gthread" if _on_sqlite else "gevent"
threads = 128  # with gthread alone
worker_connections = 2000
keepalive = 2  # s; a stopping worker waits for idle connections
timeout = 30  # s
MIGRATIONS_SECONDS = 20  # a worker that does not start within `timeout` is replaced
graceful_timeout = 6  # s; every process is gone 8 s after SIGTERM
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a slow disk would stall heartbeats
control_socket_disable = True
accesslog = None  # the app logs requests
loglevel = "warning"
logger_class = Lines


def post_worker_init(worker: Any) -> None:
    """Wait for the migrations of a release, then stand ready to work and to stop."""
    from igapp import garbage, schema

    with worker.wsgi.app_context():
        schema.wait(MIGRATIONS_SECONDS)
    garbage.settle()
    _hand_over_lines()
    _stop_with_sockets()


def _hand_over_lines() -> None:
    """From now on what gunicorn says goes the way of our own lines."""
    said = logging.getLogger("gunicorn.error")
    said.handlers, said.propagate = [], True


def _stop_with_sockets() -> None:
    """Say goodbye to open sockets as soon as the worker is told to stop: it waits for them otherwise."""
    stop = signal.getsignal(signal.SIGTERM)

    def stop_and_close_sockets(number: int, frame: FrameType | None) -> None:
        if callable(stop):
            stop(number, frame)
        _aside(_close_sockets)

    signal.signal(signal.SIGTERM, stop_and_close_sockets)
    signal.siginterrupt(signal.SIGTERM, False)


def _aside(act: Callable[[], None]) -> None:
    """Out of the signal's handler, which may neither block nor switch greenlets."""
    if worker_class == "gevent":
        import gevent

        gevent.spawn(act)
    else:
        threading.Thread(target=act, daemon=True).start()


def _close_sockets() -> None:
    """Again and again while the worker stops: it accepts connections for up to a second more."""
    socket = sys.modules.get("igapp.web.socket")
    while socket is not None:
        socket.close_all_sockets()
        time.sleep(0.1)
