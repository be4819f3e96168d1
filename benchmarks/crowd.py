"""Agents with the desk open: sockets that say what pages say, and fetch what pages fetch when something rings."""

import json
import selectors
import threading
import time
from collections.abc import Sequence
from typing import Any

from websocket import WebSocket, create_connection

from benchmarks.caller import call

BEAT_SECONDS = 10.0
"""As pages do."""


def connect(port: int, cookie: str, user_id: int) -> WebSocket:
    """Open the socket of one agent's page and say what it watches."""
    address = f"ws://localhost:{port}/live?presence=desk"
    socket: WebSocket = create_connection(address, cookie=cookie, origin=f"http://localhost:{port}", timeout=20)
    socket.send(json.dumps({"watch": [f"desk:{user_id}", "waiting"]}))
    return socket


class Crowd:
    """Some agents' pages, all in one thread of their own."""

    def __init__(self, port: int, cookies: Sequence[tuple[int, str]]) -> None:
        self._port = port
        self._ready = selectors.DefaultSelector()
        for user_id, cookie in cookies:
            socket = connect(port, cookie, user_id)
            self._ready.register(socket.sock, selectors.EVENT_READ, (socket, cookie))
        self._is_over = threading.Event()
        self.fetched = 0
        """Fragments fetched so far."""
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
            rung = [key.data for key, _ in self._ready.select(0.2)]
            fetching = [_controls(cookie) for socket, cookie in rung if _has_rung(socket)]
            if fetching:
                call(self._port, fetching, connections=len(fetching))
                self.fetched += len(fetching)
            if time.monotonic() >= next_beat:
                next_beat += BEAT_SECONDS
                self._beat()

    def _beat(self) -> None:
        for key in self._ready.get_map().values():
            key.data[0].send('{"beat":true}')


def _has_rung(socket: WebSocket) -> bool:
    message: dict[str, Any] = json.loads(socket.recv())
    return bool(message.get("topics") or message.get("everything"))


def _controls(cookie: str) -> bytes:
    """Return the request for the bar's controls, with how many wait: what every page fetches when somebody waits."""
    head = f"GET /desk/controls HTTP/1.1\r\nHost: localhost\r\nHX-Request: true\r\nCookie: {cookie}\r\n\r\n"
    return head.encode()
