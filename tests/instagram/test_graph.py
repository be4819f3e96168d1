"""The Graph client against servers that behave as badly as networks do."""

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from igapp.config import Config
from igapp.instagram import errors
from igapp.instagram.graph import Graph, node
from launching.processes import free_port

Speak = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def server() -> Iterator[Callable[[Speak], str]]:
    """Starts a server that reads a request and then does what it is told; returns its address."""
    listeners: list[socket.socket] = []

    def start(speak: Speak) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, speak), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve(listener: socket.socket, speak: Speak) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    speak(connection)
                except OSError:
                    return

    yield start
    for listener in listeners:
        listener.close()


def graph(app: Flask, url: str) -> Graph:
    config: Config = app.extensions["config"]
    return Graph(dataclasses.replace(config, graph_base_url=url))


def says(answer: bytes) -> Speak:
    return lambda connection: connection.sendall(answer)


def json_answer(body: bytes) -> bytes:
    return OK + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_an_answer_is_read_with_its_usage(app: Flask, server: Callable[[Speak], str]) -> None:
    body = b'{"message_id":"m1"}'
    head = OK + b'X-App-Usage: {"call_count":81}\r\nContent-Length: %d\r\n\r\n' % len(body)
    answer = graph(app, server(says(head + body))).post("token", "me/messages", {})
    assert (answer.body["message_id"], answer.usage and answer.usage.percent) == ("m1", 81)


def test_a_connection_that_was_never_made_sent_nothing(app: Flask) -> None:
    with pytest.raises(errors.NeverLeft):
        graph(app, f"http://127.0.0.1:{free_port()}").post("token", "me/messages", {})


def test_an_untrusted_certificate_sent_nothing(app: Flask, server: Callable[[Speak], str]) -> None:
    address = server(lambda connection: connection.close()).replace("http", "https")
    with pytest.raises(errors.CallFailed):
        graph(app, address).get("token", "me")


@pytest.mark.parametrize(
    "speak",
    [
        lambda connection: connection.close(),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        says(json_answer(b"<html>Sorry</html>")),
        says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        says(b"nonsense\r\n\r\n"),
    ],
    ids=["dropped", "cut off", "a page", "502", "empty", "no HTTP"],
)
def test_g_s3_a_lost_answer_leaves_the_outcome_unknown(
    app: Flask, server: Callable[[Speak], str], speak: Speak
) -> None:
    with pytest.raises(errors.OutcomeUnknown):
        graph(app, server(speak)).post("token", "me/messages", {})


def test_no_call_takes_longer_than_seven_seconds(app: Flask, server: Callable[[Speak], str]) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 1000\r\n\r\n")
        for _ in range(40):
            connection.sendall(b" ")
            time.sleep(0.5)

    began = time.monotonic()
    with pytest.raises(errors.OutcomeUnknown):
        graph(app, server(drip)).post("token", "me/messages", {})
    assert time.monotonic() - began < 7.5


def test_g_x3_a_redirect_is_not_followed(app: Flask, server: Callable[[Speak], str]) -> None:
    asked: list[bytes] = []
    elsewhere = server(lambda connection: asked.append(b"asked"))
    away = b"HTTP/1.1 302 Found\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n" % elsewhere.encode()
    with pytest.raises(errors.OutcomeUnknown):
        graph(app, server(says(away))).get("token", "me")
    assert asked == []


def test_the_token_is_in_no_address(app: Flask, server: Callable[[Speak], str]) -> None:
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(65536))
            connection.sendall(json_answer(b'{"id":"1"}'))

    threading.Thread(target=answer, daemon=True).start()
    graph(app, f"http://127.0.0.1:{listener.getsockname()[1]}").get("IGAAsecret", "me", fields="id")
    listener.close()
    line, *headers = heard[0].split(b"\r\n")
    assert line == b"GET /v25.0/me?fields=id HTTP/1.1"
    assert b"Authorization: Bearer IGAAsecret" in headers


def test_an_id_is_one_part_of_a_path_whatever_it_holds() -> None:
    assert node("../me?x=1#/y") == "..%2Fme%3Fx%3D1%23%2Fy"
