"""`make run`: the whole product on embedded defaults, beside the sandbox, until Ctrl-C."""

import contextlib
import fcntl
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from launching import processes, story
from launching.processes import NotReady, Process
from launching.product import (
    CommandFailed,
    Product,
    product_environment,
    sandbox_environment,
    start_sandbox,
    venv_path,
    wait_for_port,
)
from launching.servers import redis_server

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COLOURS = {"redis": 90, "sandbox": 35, "web": 36, "worker": 33, "clock": 34}


class Refused(Exception):
    """The product cannot start; the message is one line for the person who asked."""


class Stopped(Exception):
    """Someone pressed Ctrl-C, or asked this process to end."""


def main(data: Path = processes.ROOT / "var") -> int:
    """Runs until stopped, on the data in a folder; returns the exit code."""
    for number in STOPPING:
        signal.signal(number, _stop)
    run = Run(data)
    try:
        run.start()
        run.watch()
    except Stopped:
        pass
    except (Refused, NotReady, CommandFailed) as problem:
        print(f"make run: {problem}", file=sys.stderr)
        return 1
    finally:
        run.stop()
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Once is enough: some senders signal both us and our group, and what follows takes seconds at most."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


class Run:
    """One run: the processes in the order of their start, and the lock that says that the data are ours."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.processes: list[Process] = []
        self.lock: IO[str] | None = None

    def start(self) -> None:
        """Starts everything and says where it is; raises Refused, NotReady or CommandFailed."""
        began = time.monotonic()
        port = _port()
        self.lock = _lock(self.data)
        sandbox = self._sandbox(port)
        product = Product(self._environment(port), self._start)
        print("Starting …", flush=True)
        product.release()
        if sandbox is not None:
            wait_for_port(port + 1, sandbox)
            story.tell(f"http://localhost:{port + 1}")
        demo = product.flask("demo", "load")
        product.start()
        product.wait_until_served()
        _greet(port, demo, sandbox, time.monotonic() - began)

    def watch(self) -> None:
        """Watches until whoever started us is gone; raises NotReady when a process ended by itself."""
        parent = os.getppid()
        while os.getppid() == parent:
            for process in self.processes:
                if not process.is_running:
                    raise NotReady(f"{process.name} ended with code {process.popen.returncode}; stopping the rest")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stops every process: first the product's, then what it stands on."""
        servers = [process for process in self.processes if process.name in ("redis", "sandbox")]
        ours = [process for process in self.processes if process not in servers]
        processes.stop_all(ours)
        processes.stop_all(servers)

    def _environment(self, port: int) -> dict[str, str]:
        """Our defaults; what the person has set wins."""
        mine = {name: value for name, value in os.environ.items() if value}
        defaults = product_environment(
            port=port,
            database_url=f"sqlite:///{self.data / 'igapp.sqlite'}",
            redis_url=mine.get("REDIS_URL") or self._redis(port),
            secret_key=_secret_key(self.data / "secret_key"),
            sandbox_url=f"http://localhost:{port + 1}",
        )
        defaults |= {"PYTHONUNBUFFERED": "1", "LOG_FORMAT": "text"}
        return defaults | mine | {"PATH": venv_path(), "PORT": str(port)}

    def _redis(self, port: int) -> str:
        wanted = port + 2
        server = redis_server(self.data / "redis", wanted if processes.is_free(wanted) else processes.free_port())
        self.processes.append(server.process)
        return server.url

    def _sandbox(self, port: int) -> Process | None:
        """Starts the sandbox, unless the person talks to another Graph API."""
        if os.environ.get("GRAPH_BASE_URL"):
            return None
        _refuse_if_taken(port + 1, f"the sandbox's port {port + 1} is taken; choose another PORT: PORT=5050 make run")
        settings = sandbox_environment(port=port + 1, product_port=port, database=str(self.data / "sandbox.sqlite"))
        mine = {name: value for name, value in os.environ.items() if value}
        return start_sandbox(self._start, port + 1, settings | {"PYTHONUNBUFFERED": "1"} | mine)

    def _start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Process:
        process = processes.start(name, command, environment, output=subprocess.PIPE)
        threading.Thread(target=_relay, args=(process,), daemon=True).start()
        self.processes.append(process)
        return process


def _port() -> int:
    wanted = os.environ.get("PORT") or "5000"
    if not wanted.isdigit() or not 1024 <= int(wanted) <= 65000:  # noqa: PLR2004 - what users may bind, with neighbours
        raise Refused(f"PORT is malformed: {wanted!r} is no number from 1024 to 65000")
    _refuse_if_taken(int(wanted), f"port {wanted} is taken; stop what uses it, or choose another: PORT=5050 make run")
    return int(wanted)


def _refuse_if_taken(port: int, message: str) -> None:
    if not processes.is_free(port) or processes.answers(port) or processes.answers(port, "::1"):
        raise Refused(message)


def _lock(data: Path) -> IO[str]:
    """Takes the data: two runs on the same would write over each other."""
    data.mkdir(parents=True, exist_ok=True)
    lock = (data / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(f"another run uses the data in {data}; stop that one first") from None
    return lock


def _secret_key(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()


def _relay(process: Process) -> None:
    """Copies a process's lines to our output, each with the process's name before it."""
    prefix = f"{process.name:<8}| "
    if sys.stdout.isatty():
        prefix = f"\033[{COLOURS.get(process.name, 37)}m{prefix}\033[0m"
    if process.popen.stdout is not None:
        for line in process.popen.stdout:
            with contextlib.suppress(OSError):  # nobody reads us any more; the process must still be read
                print(prefix + line.decode(errors="replace").rstrip("\n"), flush=True)


def _greet(port: int, demo: str, sandbox: Process | None, took: float) -> None:
    lines = ["", f"  The desk     http://localhost:{port}"]
    if sandbox is not None:
        lines.append(f"  The sandbox  http://localhost:{port + 1}  (write as a customer here)")
    lines += ["", *(f"  {line}".rstrip() for line in demo.strip().splitlines()), ""]
    lines += [f"  Ready after {took:.1f} s. Ctrl-C stops everything.", ""]
    print("\n".join(lines), flush=True)
