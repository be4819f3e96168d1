"""Every process of the Procfile stops cleanly on SIGTERM, whatever is open."""

import contextlib
import http.client
import json
import re
import signal
import socket
import time
from collections.abc import Iterator

import pytest
import requests
import simple_websocket

from launching.processes import ROOT, STOP_SECONDS, answers, start
from tests.infra.stage import Stage

pytestmark = pytest.mark.chaos

GOING_AWAY = 1001  # RFC 6455, 7.4.1
EMAIL, PASSWORD = "bo@our.brand", "correct horse battery staple"


@pytest.fixture
def page(own_product: Stage) -> Iterator[simple_websocket.Client]:
    """The socket of a page that is open on the running product."""
    own_product.product.flask(
        "users", "create", "--email", EMAIL, "--name", "Bo", "--role", "agent", typed=f"{PASSWORD}\n"
    )
    own_product.start()
    socket = simple_websocket.Client(
        f"{own_product.url.replace('http', 'ws', 1)}/live",
        headers={"Cookie": signed_in(own_product.url), "Origin": own_product.url},
    )
    yield socket
    if socket.connected:
        socket.close()


def signed_in(url: str) -> str:
    """Signs in as a browser does; returns the cookie."""
    with requests.Session() as browser:
        form = browser.get(f"{url}/login", timeout=10).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token is not None
        fields = {"csrf_token": token[1], "email": EMAIL, "password": PASSWORD}
        answer = browser.post(f"{url}/login", fields, timeout=10, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def close_code(page: simple_websocket.Client) -> int:
    """Listens until the server hangs up; returns why it says it did."""
    while page.connected:
        with contextlib.suppress(simple_websocket.ConnectionClosed):
            page.receive(timeout=10)
    return int(page.close_reason)


def test_all_processes_are_gone_in_time_though_a_page_and_a_connection_are_open(
    own_product: Stage, page: simple_websocket.Client
) -> None:
    idle = http.client.HTTPConnection("127.0.0.1", int(own_product.environment["PORT"]))
    idle.request("GET", "/healthz")
    idle.getresponse().read()

    took = own_product.product.stop()

    assert took < STOP_SECONDS
    assert [process.popen.returncode for process in own_product.product.processes.values()] == [0, 0, 0]
    idle.close()


def test_an_open_page_is_told_at_once_that_the_server_goes_away(
    own_product: Stage, page: simple_websocket.Client
) -> None:
    began = time.monotonic()
    own_product.process("web").signal(signal.SIGTERM)
    assert close_code(page) == GOING_AWAY
    assert time.monotonic() - began < 2


def test_a_killed_web_process_leaves_its_port_to_the_next(own_product: Stage) -> None:
    own_product.start("web")
    own_product.restart("web")
    assert answers(int(own_product.environment["PORT"]))


def test_g_x4_what_the_server_itself_says_is_json_and_holds_no_request(own_product: Stage) -> None:
    secret = "a-token-in-an-address"
    own_product.start("web")
    for request in (f"GET /login?code={secret} HTTP/9.9", f"GET /{secret} with spaces HTTP/1.1", f"{secret}"):
        with socket.create_connection(("127.0.0.1", int(own_product.environment["PORT"])), 10) as sent:
            sent.sendall(f"{request}\r\n\r\n".encode())
            while sent.recv(4096):
                pass
    own_product.product.stop()
    lines = own_product.log("web").splitlines()
    assert "Invalid request" in [json.loads(line)["event"] for line in lines]
    assert secret not in "".join(lines)


def test_honcho_alone_runs_the_product_on_its_port_and_stops_it_in_time(own_product: Stage) -> None:
    command, log = ["honcho", "-d", str(ROOT), "start"], own_product.folder / "honcho.log"
    honcho = start("honcho", command, own_product.environment, log=log)
    own_product.product.processes["honcho"] = honcho
    own_product.product.wait_until_served(seconds=90, path="/readyz")
    for words in ("clock_started", '"status": 200'):  # honcho dies of a signal that comes while it prints a line
        own_product.wait_until_said("honcho", words)

    assert own_product.product.stop() < STOP_SECONDS
    assert "clock_stopped" in own_product.log("honcho")
