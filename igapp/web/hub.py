"""One listener per process: hears the bell once and tells every open socket of this process what it watches."""

import json
import secrets
import threading
import time
from collections.abc import Iterable
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

from igapp import bell, utc
from igapp.web import headcount

log = structlog.get_logger(__name__)

LISTEN_SECONDS = 5.0
"""How long one look at the stream waits for something new."""
TRY_AGAIN = 1013
"""Close code: the server cannot serve now (RFC 6455); the page polls until a socket connects again."""
SIGNED_OUT = 4401
"""Close code: whoever opened the page signed out somewhere; it asks whether it may stay."""


class Listener:
    """One open page: what it watches, and the only way to write to its socket."""

    def __init__(self, socket: Any, user_id: int) -> None:
        self._socket = socket
        self._own_topic = f"desk:{user_id}"
        self.signed_out_topic = bell.signed_out(user_id)
        self._writing = threading.Lock()
        self._topics: frozenset[str] = frozenset()

    def watch(self, topics: Iterable[str]) -> None:
        """Replace what the page watches; other agents' desks are not its business."""
        self._topics = frozenset(topic for topic in topics if not topic.startswith("desk:") or topic == self._own_topic)

    def wants(self, topics: set[str]) -> list[str]:
        """Return those of the topics that the page watches."""
        return sorted(self._topics & topics)

    def tell(self, **message: Any) -> None:
        """Write one small frame; a page that does not take it is closed, and catches up when it is back."""
        with self._writing:
            try:
                self._socket.send(json.dumps(message, separators=(",", ":")))
            except Exception:  # noqa: BLE001 - whatever the socket died of, the page comes back by itself
                self._hang_up()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and wake whoever waits for this socket."""
        with self._writing:
            try:
                self._socket.close(code, reason)
            except Exception:  # noqa: BLE001 - it was closed already
                log.debug("socket_already_closed")
            self._hang_up()

    def _hang_up(self) -> None:
        self._socket.connected = False
        self._socket.event.set()


class Hub:
    """The sockets of this process, and the thread that rings them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: set[Listener] = set()
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._name = secrets.token_hex(8)
        self._reported_at = 0.0
        self.at = ""
        """The newest ring that every socket was told of."""

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, listener: Listener) -> None:
        """Tell a socket from now on; raises RedisError where the bell cannot be heard."""
        with self._changing:
            start = self._thread is None
            if start:
                self.at = bell.newest(self._redis)
            self._listeners.add(listener)
            if start:
                self._reported_at = 0.0
                self._thread = threading.Thread(target=self._listen, name="bell", daemon=True)
                self._thread.start()

    def leave(self, listener: Listener) -> None:
        """Forget a socket."""
        with self._changing:
            self._listeners.discard(listener)

    def close_all(self, code: int, reason: str) -> None:
        """Close every socket; pages come back, to this process or another."""
        for listener in list(self._listeners):
            listener.close(code, reason)

    def _listen(self) -> None:
        """Ends when the bell cannot be heard or nobody is left; the next socket starts it again."""
        try:
            while not self._is_over():
                self._report()
                self._tell(bell.listen(self._redis, self.at, LISTEN_SECONDS))
            headcount.report(self._redis, self._name, 0, utc.now())
        except Exception as error:  # a page whose bell is silent must know it, whatever the reason
            with self._changing:
                self._thread = None
            self.close_all(TRY_AGAIN, "the bell cannot be heard")
            if not isinstance(error, RedisError):
                raise
            log.warning("bell_unheard", error=type(error).__name__)

    def _is_over(self) -> bool:
        with self._changing:
            if self._listeners:
                return False
            self._thread = None
            return True

    def _report(self) -> None:
        """Say from time to time how many there are, for whoever counts those of all processes."""
        if time.monotonic() - self._reported_at >= headcount.REPORT_SECONDS:
            self._reported_at = time.monotonic()
            headcount.report(self._redis, self._name, len(self), utc.now())

    def _tell(self, rings: list[tuple[str, str]]) -> None:
        if not rings:
            return
        self.at, topics = rings[-1][0], {topic for _number, topic in rings}
        for listener in list(self._listeners):
            if listener.signed_out_topic in topics:
                listener.close(SIGNED_OUT, "signed out")
            elif wanted := listener.wants(topics):
                listener.tell(at=self.at, topics=wanted)
