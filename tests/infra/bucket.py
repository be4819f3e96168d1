"""A stand-in for S3 on loopback: it puts, gives and deletes what is signed, and can be told to be ill."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

MISSING = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>It is not here.</Message></Error>"


class Bucket(ThreadingHTTPServer):
    """Objects by path: /bucket/prefix/key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.is_ill = False
        self.on_put: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_let_in():
            self.server.objects[self.path] = (content, self.headers["Content-Type"])
            self.server.on_put()
            self._answer(200)

    def do_GET(self) -> None:
        if self._is_let_in():
            content, content_type = self.server.objects.get(self.path, (MISSING, "application/xml"))
            self._answer(200 if self.path in self.server.objects else 404, content, content_type)

    def do_DELETE(self) -> None:
        if self._is_let_in():
            self.server.objects.pop(self.path, None)
            self._answer(204)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base names it
        """Says nothing."""

    def _is_let_in(self) -> bool:
        if self.server.is_ill:
            self._answer(500)
        elif not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            self._answer(403)
        else:
            return True
        return False

    def _answer(self, status: int, content: bytes = b"", content_type: str = "application/xml") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    """A bucket's server, named in the environment as Amazon's own tools read it: MEDIA_URL="s3://inbox/media"."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with Bucket() as server:
        settings = {"ENDPOINT_URL_S3": server.url, "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret"}
        for name, value in settings.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
