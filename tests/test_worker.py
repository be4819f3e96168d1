"""The worker process: its children, their deaths, and Redis coming and going."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest
import sqlalchemy as sa

from igapp import db, worker
from igapp.config import ConfigError
from igapp.models import Event, Item, Outcome
from launching.processes import ROOT
from tests.infra.stage import Stage
from tests.instagram import wire
from tests.instagram.stage import connect_by_hand

pytestmark = pytest.mark.chaos


def children(stage: Stage) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(stage.process("worker").pid).children()
    return found


def until(what: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def applied(stage: Stage) -> int:
    with stage.app.app_context(), db.reading():
        counted = sa.select(sa.func.count()).where(Event.outcome == Outcome.APPLIED)
        return db.session().scalar(counted) or 0


def write(stage: Stage, count: int = 1) -> None:
    for _ in range(count):
        wire.send(stage.app.test_client(), wire.body(wire.text()))


@pytest.fixture
def stage(own_product: Stage) -> Stage:
    with own_product.app.app_context():
        connect_by_hand()
    return own_product


def test_one_child_for_each_kind_of_work(stage: Stage) -> None:
    stage.start("worker")
    until(lambda: len(children(stage)) == 3)


def test_a_child_that_is_killed_is_replaced(stage: Stage) -> None:
    stage.start("worker")
    until(lambda: len(children(stage)) == 3)
    killed = children(stage)
    for child in killed:
        child.kill()
    until(lambda: len(children(stage)) == 3 and not set(children(stage)) & set(killed))
    write(stage)
    until(lambda: applied(stage) == 1)


def test_g_l2_a_worker_killed_in_a_batch_loses_and_doubles_nothing(stage: Stage) -> None:
    stage.start("worker")
    for batch in range(10):
        items = [wire.text(sender=str(number)) for number in range(batch * 30, batch * 30 + 30)]
        wire.send(stage.app.test_client(), wire.body(*items))
        for child in children(stage):
            child.kill()
    stage.start("clock")
    until(lambda: applied(stage) == 300, 30)
    with stage.app.app_context(), db.reading():
        assert db.session().scalar(sa.select(sa.func.count()).select_from(Item).where(Item.is_inbound)) == 300


def test_it_waits_for_redis_and_survives_its_restart(stage: Stage) -> None:
    stage.redis.process.stop()
    stage.start("worker")
    time.sleep(3)
    assert stage.process("worker").is_running
    stage.redis.restart()
    write(stage)
    until(lambda: applied(stage) == 1)
    stage.redis.restart()
    write(stage)
    until(lambda: applied(stage) == 2)
    assert "Traceback" not in stage.log("worker")


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_all_of_it_ends_within_eight_seconds(stage: Stage, redis_is_there: bool) -> None:
    stage.start("worker")
    until(lambda: len(children(stage)) == 3)
    time.sleep(1)
    if not redis_is_there:
        stage.redis.process.stop()
    process, orphans = stage.process("worker"), children(stage)
    began = time.monotonic()
    process.signal(signal.SIGTERM)
    process.popen.wait(10)
    assert time.monotonic() - began < 8
    assert process.popen.returncode == 0
    assert not [one for one in orphans if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_it_ends_at_once_though_its_database_never_answered(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://127.0.0.1:{silent.getsockname()[1]}/db"
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        with subprocess.Popen(command, cwd=ROOT, env=stage.product.environment | {"DATABASE_URL": url}) as process:
            silent.settimeout(20)
            with silent.accept()[0]:
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0
                assert time.monotonic() - began < 2


def test_children_end_with_a_parent_that_was_killed(stage: Stage) -> None:
    stage.start("worker")
    until(lambda: len(children(stage)) == 3)
    orphans = children(stage)
    os.kill(stage.process("worker").pid, signal.SIGKILL)
    until(lambda: not [one for one in orphans if one.is_running() and one.status() != psutil.STATUS_ZOMBIE])


def test_more_workers_of_a_kind_may_be_asked_for() -> None:
    assert worker.counts("ingest=2, media=3") == {"outbound": 1, "ingest": 2, "media": 3}
    assert worker.counts("") == {"outbound": 1, "ingest": 1, "media": 1}
    for wrong in ("ingest", "ingest=0", "ingest=x", "nonsense=1", "ingest=99"):
        with pytest.raises(ConfigError):
            worker.counts(wrong)
