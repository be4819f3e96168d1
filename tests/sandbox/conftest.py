"""A sandbox on a port of its own, a receiver of its webhooks, and few words to talk to both."""

import http.server
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from igapp.sandbox import create_app
from igapp.sandbox.config import from_environment

SECRET = "first-secret"
TOKEN = "IGAAsandboxOurBrandLongLivedToken0001"
ACCOUNT = "17841400000000001"
LENA = "910000000000001"
PATIENCE = 5.0


@dataclass
class Received:
    """One request that arrived: how, with what headers, and its very bytes."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Receiver:
    """Stands where the product would: keeps what comes, answers what it is told to."""

    port: int = 0
    arrived: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    pause: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhooks(self) -> list[Received]:
        return [one for one in self.arrived if one.path.startswith("/webhooks") and one.method == "POST"]

    @property
    def items(self) -> list[dict[str, Any]]:
        """All `messaging` items, in the order of their arrival."""
        entries = [entry for one in self.webhooks for entry in one.body.get("entry", ())]
        return [item for entry in entries for item in entry.get("messaging", ())]

    @property
    def changes(self) -> list[dict[str, Any]]:
        entries = [entry for one in self.webhooks for entry in one.body.get("entry", ())]
        return [change for entry in entries for change in entry.get("changes", ())]

    def wait(self, count: int) -> None:
        """Until so many webhooks arrived."""
        until(lambda: len(self.webhooks) >= count)


@dataclass
class Box:
    """The sandbox over HTTP, as the product and as a test see it."""

    url: str
    session: requests.Session

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = self.session.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, path: str) -> Any:
        return self.control(path, method="GET")

    def do(self, kind: str, **details: Any) -> Any:
        """Something happens, and the product has heard of it before this returns."""
        return self.control("events", {"kind": kind, "wait": PATIENCE, **details})

    def faults(self, **wishes: Any) -> None:
        self.control("faults", wishes)

    def later(self, *, hours: float) -> None:
        self.control("clock", {"advance": hours * 3600})

    def call(self, method: str, path: str, token: str = TOKEN, **what: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.request(method, f"{self.url}/v25.0{path}", headers=headers, timeout=20, **what)

    def get(self, path: str, **fields: Any) -> Any:
        return self.call("GET", path, params=fields).json()

    def send(self, **body: Any) -> requests.Response:
        """A message to Lena, or whatever the body says."""
        return self.call("POST", "/me/messages", json={"recipient": {"id": LENA}, **body})

    def write(self, text: str, **body: Any) -> requests.Response:
        return self.send(message={"text": text}, **body)

    def thread(self, person: str = "lena", account: str = "our.brand") -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.look(f"threads/{account}/{person}")["messages"]
        return messages


def until(holds: Callable[[], bool]) -> None:
    """Waits until it holds; fails after five seconds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def refusal(answer: requests.Response) -> tuple[int, int | None]:
    """Code and subcode of an error answer."""
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def handler_for(receiver: Receiver) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.arrived.append(Received("POST", self.path, dict(self.headers), raw))
            time.sleep(receiver.pause)
            self._answer(receiver.statuses.pop(0) if receiver.statuses else 200, "application/json", b"{}")

        def do_GET(self) -> None:
            receiver.arrived.append(Received("GET", self.path, dict(self.headers), b""))
            path = self.path.partition("?")[0]
            content_type, body = receiver.pages.get(path, ("", b""))
            self._answer(200 if content_type else 404, content_type or "text/plain", body)

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with serving(handler_for(receiver)) as port:
        receiver.port = port
        yield receiver


@pytest.fixture(scope="session")
def _box(_receiver: Receiver) -> Iterator[Box]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    settings = from_environment(
        {
            "SANDBOX_PRODUCT_URL": _receiver.url,
            "INSTAGRAM_APP_ID": "77",
            "INSTAGRAM_APP_SECRET": f"{SECRET}, second-secret",
            "INSTAGRAM_VERIFY_TOKEN": "verify-me",
        }
    )
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    with requests.Session() as session:
        yield Box(f"http://127.0.0.1:{server.server_port}", session)
    server.shutdown()
    server.server_close()
    thread.join()
    app.extensions["sandbox"].stop()


@pytest.fixture
def receiver(_receiver: Receiver, _box: Box) -> Receiver:
    """Where webhooks arrive; it has heard nothing yet and answers 200."""
    _box.control("reset")
    _receiver.arrived.clear()
    _receiver.statuses.clear()
    _receiver.pages.clear()
    _receiver.pause = 0.0
    return _receiver


@pytest.fixture
def box(_box: Box, receiver: Receiver) -> Box:
    """The sandbox with its cast, and nothing has happened yet."""
    return _box
