"""Agents with the desk open: sockets that say what pages say, and fetch what pages fetch when something rings."""

import json
import random
import selectors
import threading
import time
from collections.abc import Sequence
from typing import Any

from websocket import ABNF, WebSocket, create_connection

from benchmarks.caller import call

BEAT_SECONDS = 10.0
CALM_SECONDS = 2.0
"""As pages do: how many wait is fetched within so long, each page in its turn."""


def connect(port: int, cookie: str, user_id: int) -> WebSocket:
    """Open the socket of one agent's page and say what it watches."""
    address = f"ws://localhost:{port}/live?presence=desk"
    socket: WebSocket = create_connection(address, cookie=cookie, origin=f"http://localhost:{port}", timeout=20)
    socket.send(json.dumps({"watch": [f"desk:{user_id}", "waiting"]}))
    return socket


def heard(socket: WebSocket) -> dict[str, Any]:
    """Return what a socket that has something to read was told; nothing for a ping, which is answered."""
    kind, said = socket.recv_data(control_frame=True)
    assert kind != ABNF.OPCODE_CLOSE, f"a socket was closed: {said!r}"
    message: dict[str, Any] = json.loads(said) if kind == ABNF.OPCODE_TEXT else {}
    return message


class Crowd:
    """Some agents' pages, all in one thread of their own."""

    def __init__(self, port: int, cookies: Sequence[tuple[int, str]]) -> None:
        self._port = port
        self._ready = selectors.DefaultSelector()
        for user_id, cookie in cookies:
            socket = connect(port, cookie, user_id)
            self._ready.register(socket, selectors.EVENT_READ, (socket, cookie))
        self._is_over = threading.Event()
        self._due: dict[str, float] = {}
        """When which page fetches, by its cookie."""
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close all pages."""
        self._is_over.set()
        self._thread.join()
        for key in list(self._ready.get_map().values()):
            key.data[0].close()
        self._ready.close()

    def _live(self) -> None:
        next_beat = time.monotonic() + BEAT_SECONDS
        while not self._is_over.is_set():
            for key, _ in self._ready.select(0.02):
                self._hear(*key.data)
            self._fetch()
            if time.monotonic() >= next_beat:
                next_beat += BEAT_SECONDS
                self._beat()

    def _hear(self, socket: WebSocket, cookie: str) -> None:
        message = heard(socket)
        if message.get("topics") or message.get("everything"):
            self._due.setdefault(cookie, time.monotonic() + random.uniform(0, CALM_SECONDS))

    def _fetch(self) -> None:
        due = [cookie for cookie, at in self._due.items() if at <= time.monotonic()]
        if due:
            call(self._port, [_controls(cookie) for cookie in due], connections=len(due))
        for cookie in due:
            del self._due[cookie]

    def _beat(self) -> None:
        for key in self._ready.get_map().values():
            key.data[0].send('{"beat":true}')


def _controls(cookie: str) -> bytes:
    """Return the request for the bar's controls, with how many wait: what every page fetches when somebody waits."""
    head = f"GET /desk/controls HTTP/1.1\r\nHost: localhost\r\nHX-Request: true\r\nCookie: {cookie}\r\n\r\n"
    return head.encode()
