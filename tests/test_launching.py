"""`make run` and what it is built from: processes that never stay behind, and one line where it cannot start."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from launching import processes
from launching.processes import ROOT, NotReady, free_port, start, wait_until
from launching.product import procfile
from launching.servers import redis_server

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def started(command: list[str], log: Path) -> processes.Process:
    process = start("example", command, log=log)
    wait_until(lambda: "up" in process.tail(), "the example", alive=[process])
    return process


def dev(*arguments: str, port: int) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.Popen(
        [sys.executable, "bin/dev", *arguments],
        cwd=ROOT,
        env=environment | {"PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_process_stops_when_asked(tmp_path: Path) -> None:
    process = started(SLEEP, tmp_path / "log")
    assert process.stop() < 2
    assert not psutil.pid_exists(process.pid)


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    process = started(STUBBORN, tmp_path / "log")
    assert process.stop(seconds=0.5) < 2
    assert not psutil.pid_exists(process.pid)


def test_what_a_process_started_is_killed_with_it(tmp_path: Path) -> None:
    command = ["sh", "-c", "sleep 60 & echo $! up; wait"]
    process = started(command, tmp_path / "log")
    child = int(process.tail().split()[0])
    process.kill()
    wait_until(lambda: not psutil.pid_exists(child), "the child's end")


def test_waiting_for_a_process_that_ended_says_what_it_said(tmp_path: Path) -> None:
    process = start("example", ["sh", "-c", "echo no such thing; exit 3"], log=tmp_path / "log")
    with pytest.raises(NotReady, match="example ended with code 3\nno such thing"):
        wait_until(lambda: False, "the example", alive=[process])


def test_redis_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    server = redis_server(tmp_path, free_port())
    with redis.Redis.from_url(server.url) as connection:
        connection.set("kept", "yes")
        server.restart()
        assert connection.get("kept") == b"yes"
    server.process.stop()


def test_the_procfile_names_the_processes_that_platforms_run() -> None:
    assert set(procfile()) == {"release", "web", "worker", "clock"}


def test_the_web_process_comes_first_since_runners_give_the_port_itself_to_the_first() -> None:
    assert next(iter(procfile())) == "web"


def test_a_taken_port_is_said_in_one_line_that_names_it(taken_port: int, tmp_path: Path) -> None:
    said = dev(str(tmp_path), port=taken_port)
    output, problem = said.communicate(timeout=30)
    assert said.returncode == 1
    assert output == ""
    assert problem.splitlines() == [
        f"make run: port {taken_port} is taken; stop what uses it, or choose another: PORT=5050 make run"
    ]


@pytest.mark.journey
def test_make_run_serves_a_page_leaves_nothing_behind_and_keeps_its_data(tmp_path: Path) -> None:
    port = free_port()
    first, _ = run_until_ready(tmp_path, port)
    second, took = run_until_ready(tmp_path, port)
    assert first.splitlines()[:1] == second.splitlines()[:1]
    assert took < 20  # 10 on a machine that does nothing else


def run_until_ready(data: Path, port: int) -> tuple[str, float]:
    """Runs the product until it says that it is ready, then stops it as Ctrl-C does; returns what it said."""
    began = time.monotonic()
    run = dev(str(data), port=port)
    assert run.stdout is not None
    said = ""
    for line in run.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    took = time.monotonic() - began
    family = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGINT)
    said += run.communicate(timeout=30)[0]
    assert run.returncode == 0, said
    assert f"http://localhost:{port}" in said
    assert [process.name() for process in family if process.is_running()] == []
    return said, took
