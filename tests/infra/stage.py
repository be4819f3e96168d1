"""The whole product as real processes beside a sandbox: for journeys, crashes, races and benchmarks."""

import json
import secrets
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from igapp import create_app
from igapp.config import Config
from igapp.models import User
from launching import processes
from launching.processes import Process, free_port
from launching.product import (
    Product,
    machine_environment,
    product_environment,
    sandbox_environment,
    start_sandbox,
    wait_for_port,
)
from launching.servers import redis_server
from tests.infra.application import close_app
from tests.infra.databases import Databases, Emptier, emptying

LINES_OF_A_LOG = 60
"""How much of what a process said a failing test shows."""


class Sandbox:
    """A sandbox's process, spoken to over HTTP as everybody does."""

    def __init__(self, folder: Path, port: int, product_port: int) -> None:
        self.url = f"http://localhost:{port}"
        self._address = f"http://127.0.0.1:{port}"
        database = str(folder / "sandbox.sqlite")
        settings = sandbox_environment(port=port, product_port=product_port, database=database)
        self.process = start_sandbox(Starter(folder), port, machine_environment() | settings)
        wait_for_port(port, self.process)

    def reset(self) -> None:
        """Forgets all that has happened, and all switches."""
        self.post("/_sandbox/reset")

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Posts JSON; returns the JSON that came back, raises HTTPError for what is not a success."""
        request = urllib.request.Request(
            self._address + path, json.dumps(body or {}).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def get(self, path: str) -> Any:
        """Gets JSON."""
        with urllib.request.urlopen(self._address + path, timeout=20) as answer:
            return json.loads(answer.read())


class Starter:
    """Starts processes whose output goes to a log of their own in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Process:
        return processes.start(name, command, environment, log=self._folder / f"{name}.log")


class Stage:
    """A whole product of its own: database, Redis, sandbox, web, worker and clock."""

    def __init__(self, folder: Path, database_url: str) -> None:
        port, sandbox_port = free_port(), free_port()
        self.folder = folder
        self.redis = redis_server(folder / "redis", free_port())
        self.sandbox = Sandbox(folder, sandbox_port, port)
        settings = product_environment(
            port=port,
            database_url=database_url,
            redis_url=self.redis.url,
            secret_key=secrets.token_hex(32),
            sandbox_url=self.sandbox.url,
        )
        self.environment = machine_environment() | settings | {"LOG_FORMAT": "json"}
        self.product = Product(self.environment, Starter(folder))

    @property
    def url(self) -> str:
        """Where the product is served, without a slash at the end."""
        return self.product.url

    @cached_property
    def app(self) -> Flask:
        """An app in this process on the same database and Redis, to arrange and to look."""
        return create_app(Config.from_env(self.environment))

    def start(self, *names: str) -> "Stage":
        """Starts the named processes of the Procfile, or all, and waits until pages are served."""
        self.product.start(*names)
        if "web" in self.product.processes:
            self.product.wait_until_served()
        return self

    def process(self, name: str) -> Process:
        """The process that runs under a name of the Procfile."""
        return self.product.processes[name]

    def restart(self, name: str) -> None:
        """Kills a process, whether it still runs or not, and starts it anew."""
        self.process(name).kill()
        self.start(name)

    def forget_flags(self) -> None:
        """Forgets which jobs are queued: rows begin again with the same numbers when the data are gone."""
        with redis.Redis.from_url(self.redis.url) as link:
            for flag in link.scan_iter("queued:*"):
                link.delete(flag)

    def log(self, name: str) -> str:
        """All that a process has said so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_until_said(self, name: str, words: str, seconds: float = 60) -> None:
        """Waits until a process has said something."""
        deadline = time.monotonic() + seconds
        while words not in self.log(name):
            assert time.monotonic() < deadline, f"{name} did not say {words}"
            time.sleep(0.05)

    def close(self) -> None:
        """Stops everything."""
        if "app" in vars(self):
            close_app(self.app)
        self.product.stop()
        processes.stop_all([self.sandbox.process, self.redis.process])


def cookie(app: Flask, user: User) -> str:
    """The cookie of someone who has signed in."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return f"session={serializer.dumps({'_user_id': f'{user.id}.{user.sign_in_epoch}', '_fresh': True})}"


@pytest.fixture(scope="session")
def sandbox_process(
    sandbox_port: int, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """The session's sandbox, which the session's app calls."""
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"), sandbox_port, int(environment["PORT"]))
    yield sandbox
    sandbox.process.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox that the app calls, as if just started. It delivers to nobody: `app` listens on no port."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(scope="session")
def _stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Emptier]]:
    url = databases.migrated()
    stage = Stage(tmp_path_factory.mktemp("stage"), url)
    with emptying(url) as emptier:
        yield stage.start(), emptier
        stage.close()


@pytest.fixture
def product(_stage: tuple[Stage, Emptier], request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The whole product, which all tests share, without data. Kill nothing in it: take `own_product`."""
    stage, emptier = _stage
    stage.sandbox.reset()
    emptier.empty()
    stage.forget_flags()
    with _heard(stage, request.node):
        yield stage


@pytest.fixture
def own_product(databases: Databases, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A whole product for one test, not started yet: own_product.start() starts all of it."""
    stage = Stage(tmp_path, databases.migrated())
    with _heard(stage, request.node):
        yield stage
    stage.close()


@contextmanager
def _heard(stage: Stage, test: pytest.Item) -> Iterator[None]:
    """When the test within it fails, what the processes said meanwhile stands in its report."""
    before = {log.name: log.stat().st_size for log in stage.folder.glob("*.log")}
    failed_before = test.session.testsfailed
    yield
    if test.session.testsfailed == failed_before:
        return
    for log in sorted(stage.folder.glob("*.log")):
        said = log.read_bytes()[before.get(log.name, 0) :].decode(errors="replace").splitlines()
        test.add_report_section("teardown", log.stem, "\n".join(said[-LINES_OF_A_LOG:]))
