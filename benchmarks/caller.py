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

    @property
    def per_second(self) -> float:
        """Return the answers in a second."""
        return len(self.took) / self.seconds

    def check(self) -> "Answers":
        """Return itself; raises AssertionError when any answer was no success: fast errors look like throughput."""
        bad = {status: number for status, number in self.statuses.items() if status != 200}
        assert not bad, f"answers other than 200: {bad}"
        return self


class _Connection:
    """One connection, with the answer that it is waiting for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.began = 0.0

    def ask(self, request: bytes) -> None:
        self.received, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> int | None:
        """Return the status once the answer is complete."""
        some = self.socket.recv(65536)
        if not some:
            raise ConnectionError("the server closed a connection without an answer")
        self.received += some
        head, end, rest = self.received.partition(HEAD_END)
        if not end or len(rest) < _length(head):
            return None
        return int(head.split(b" ", 2)[1])


def call(port: int, requests: Sequence[bytes], connections: int = 16) -> Answers:
    """Send all requests over so many connections, each as soon as its connection is free; raises for a lost one."""
    answers, left = Answers(), iter(requests)
    with selectors.DefaultSelector() as ready:
        opened = [_Connection(port) for _ in range(min(connections, len(requests)))]
        for one in opened:
            ready.register(one.socket, selectors.EVENT_READ, one)
        began = time.perf_counter()
        busy = sum(_ask_next(one, left) for one in opened)
        while busy:
            for key, _ in ready.select(CONNECT_SECONDS):
                busy -= _take(key.data, answers, left)
        answers.seconds = time.perf_counter() - began
        for one in opened:
            one.socket.close()
    return answers.check()


def _take(one: _Connection, answers: Answers, left: Iterator[bytes]) -> int:
    """Read what came; returns 1 when the connection has nothing more to do."""
    status = one.read()
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
