"""The load generator: some connections that stay open, one request on each at a time, from one thread.

It only writes bytes that were made beforehand and looks for the end of the answer, so it is never what is slow.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CONNECT_SECONDS = 10
HEAD_END = b"\r\n\r\n"


@dataclass
class Answers:
    """What came back."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    """Milliseconds of each answer."""
    statuses: Counter[int] = field(default_factory=Counter)
    hung_up: int = 0
    """Connections that the server closed before it answered; their requests were sent again, as clients do."""

    @property
    def per_second(self) -> float:
        """Return the answers in a second."""
        return len(self.took) / self.seconds

    def check(self) -> "Answers":
        """Return itself; raises AssertionError when any answer was no success: fast errors look like throughput."""
        bad = {status: number for status, number in self.statuses.items() if status != 200}
        assert not bad, f"answers other than 200: {bad}"
        assert self.hung_up <= len(self.took) // 100, f"{self.hung_up} of {len(self.took)} connections were closed"
        return self


class _Connection:
    """One connection, with the answer that it is waiting for."""

    def __init__(self, port: int, ready: selectors.BaseSelector) -> None:
        self._port, self._ready = port, ready
        self._request = self._received = b""
        self.began = 0.0
        self._open()

    def ask(self, request: bytes) -> None:
        self._request, self._received, self.began = request, b"", time.perf_counter()
        self._socket.sendall(request)

    def read(self) -> int | None:
        """Return the status once the answer is complete; raises ConnectionError where the server hung up."""
        some = self._socket.recv(65536)
        if not some:
            raise ConnectionError("the server hung up")
        self._received += some
        head, end, rest = self._received.partition(HEAD_END)
        if not end or len(rest) < _length(head):
            return None
        return int(head.split(b" ", 2)[1])

    def ask_again(self) -> None:
        """Send the same once more on a new connection; its time goes on."""
        self.close()
        self._open()
        self._received = b""
        self._socket.sendall(self._request)

    def close(self) -> None:
        self._ready.unregister(self._socket)
        self._socket.close()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=CONNECT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ready.register(self._socket, selectors.EVENT_READ, self)


def call(port: int, requests: Sequence[bytes], connections: int = 16) -> Answers:
    """Send all requests over so many connections, each as soon as its connection is free; all must be answered 200."""
    answers, left = Answers(), iter(requests)
    with selectors.DefaultSelector() as ready:
        opened = [_Connection(port, ready) for _ in range(min(connections, len(requests)))]
        began = time.perf_counter()
        busy = sum(_ask_next(one, left) for one in opened)
        while busy:
            for key, _ in ready.select(CONNECT_SECONDS):
                busy -= _take(key.data, answers, left)
        answers.seconds = time.perf_counter() - began
        for one in opened:
            one.close()
    return answers.check()


def _take(one: _Connection, answers: Answers, left: Iterator[bytes]) -> int:
    """Read what came; returns 1 when the connection has nothing more to do."""
    try:
        status = one.read()
    except ConnectionError:
        answers.hung_up += 1
        one.ask_again()
        return 0
    if status is None:
        return 0
    answers.took.append((time.perf_counter() - one.began) * 1000)
    answers.statuses[status] += 1
    return 1 - _ask_next(one, left)


def _ask_next(one: _Connection, left: Iterator[bytes]) -> int:
    request = next(left, None)
    if request is None:
        return 0
    one.ask(request)
    return 1


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
