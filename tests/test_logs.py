"""What a line of the log carries: fields that can be asked for, not sentences."""

import gzip
import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import sentry_sdk
import structlog
from flask import Flask

from igapp import logs


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    line: dict[str, object] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return line


def test_what_a_line_names_is_a_field(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("igapp.example").warning("send_failed send=%d kind=%s", 7, "message")
    line = last_line(capsys)
    assert (line["event"], line["send"], line["kind"]) == ("send_failed", 7, "message")


def test_what_a_library_says_stays_a_sentence(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").warning("Lost %d connections", 3)
    assert last_line(capsys)["event"] == "Lost 3 connections"


def test_g_x4_at_debug_only_we_say_more(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    config = app.extensions["config"]
    logs.configure(replace(config, log_level="DEBUG"))
    logging.getLogger("botocore.auth").debug("Authorization: a secret")
    logging.getLogger("igapp.example").debug("looked_at event=%d", 7)
    structlog.get_logger("igapp.example").debug("socket_closed", user=7)
    logs.configure(config)
    said = capsys.readouterr().err
    assert "a secret" not in said
    assert "looked_at" in said
    assert "socket_closed" in said


class Ingest(HTTPServer):
    """Takes in what Sentry would."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Intake)
        self.heard = ""


class Intake(BaseHTTPRequestHandler):
    server: Ingest

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard += (gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body).decode()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_details: object) -> None:
        """Say nothing."""


@pytest.fixture
def ingest(app: Flask) -> Iterator[Ingest]:
    """An ingest that this process reports its errors to."""
    with Ingest() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        dsn = f"http://key@127.0.0.1:{server.server_port}/1"
        logs.report_errors(replace(app.extensions["config"], sentry_dsn=dsn))
        yield server
        sentry_sdk.get_global_scope().set_client(None)
        server.shutdown()


def test_g_x4_an_error_is_reported_without_words(app: Flask, ingest: Ingest) -> None:
    words, cookie = secrets.token_hex(8), secrets.token_hex(8)
    with app.test_request_context("/", method="POST", headers={"Cookie": f"session={cookie}"}, data={"text": words}):
        try:
            raise ValueError(words)
        except ValueError:
            logging.getLogger("igapp.example").exception("job_failed job=%s text=%s", "drain", words)
    sentry_sdk.flush(5)
    assert "ValueError" in ingest.heard
    assert "job_failed" in ingest.heard
    assert words not in ingest.heard
    assert cookie not in ingest.heard


@pytest.mark.parametrize("is_handed_over", [True, False])
def test_g_x4_an_error_of_a_view_is_reported_without_words(app: Flask, ingest: Ingest, is_handed_over: bool) -> None:
    words = secrets.token_hex(8)
    try:
        raise LookupError(words)
    except LookupError as error:
        log = structlog.get_logger("igapp.web.errors")
        log.exception("request_broke", exc_info=error if is_handed_over else True, text=words)
    sentry_sdk.flush(5)
    assert "request_broke" in ingest.heard
    assert "LookupError" in ingest.heard
    assert "test_logs.py" in ingest.heard
    assert words not in ingest.heard


def test_g_x4_what_a_library_says_is_reported_by_its_name_alone(app: Flask, ingest: Ingest) -> None:
    words = secrets.token_hex(8)
    logging.getLogger("some.library").error("error in %s" % words)  # noqa: UP031, G002 - as libraries do
    sentry_sdk.flush(5)
    assert "some.library" in ingest.heard
    assert words not in ingest.heard


def test_without_an_address_nothing_is_reported(app: Flask) -> None:
    logs.report_errors(replace(app.extensions["config"], sentry_dsn=""))
    assert not sentry_sdk.get_client().is_active()
