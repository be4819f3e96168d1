"""Processes that we start, each in a group of its own, and never leave behind."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 8.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class NotReady(Exception):
    """Something that was started did not become ready; the message says what, and what it last said."""


class Process:
    """One started process and everything that it starts in turn."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path | None = None) -> None:
        self.name = name
        self.popen = popen
        self.log = log
        self.stop_signal: int = signal.SIGTERM

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def is_running(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: int) -> None:
        """Signals the process alone, as a platform does."""
        if self.is_running:
            self.popen.send_signal(number)

    def kill(self) -> None:
        """Kills the whole group at once."""
        _signal_group(self.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds: float = STOP_SECONDS) -> float:
        """Asks the process to stop, kills what is left after `seconds`; returns the seconds that it took."""
        return stop_all([self], seconds)

    def tail(self, lines: int = 30) -> str:
        """The last lines of the process's log."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start(
    name: str,
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    log: Path | None = None,
    output: int | IO[bytes] | None = None,
    user: str | None = None,
    cwd: Path = ROOT,
) -> Process:
    """Starts a command from the main thread, in a new process group, writing to `log` or `output`.

    On Linux it receives SIGTERM when we die, however we die.
    """
    with contextlib.ExitStack() as files:
        if log is not None:
            output = files.enter_context(log.open("ab"))
        popen = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
            user=user,
            preexec_fn=_die_with_parent if _libc else None,  # noqa: PLW1509 - one call, of what is loaded already
        )
    return Process(name, popen, log)


def stop_all(processes: Iterable[Process], seconds: float = STOP_SECONDS) -> float:
    """Asks all to stop at once and kills what is left after `seconds`; returns the seconds that it took."""
    processes, began = list(processes), time.monotonic()
    for process in processes:
        process.signal(process.stop_signal)
    for process in processes:
        left = began + seconds - time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(timeout=max(left, 0))
    took = time.monotonic() - began
    for process in processes:
        process.kill()
    return took


def wait_until(is_ready: Callable[[], bool], what: str, *, seconds: float = 30, alive: Iterable[Process] = ()) -> None:
    """Waits until `is_ready()`; raises NotReady after `seconds`, or as soon as one of `alive` has ended."""
    alive, deadline = list(alive), time.monotonic() + seconds
    while not is_ready():
        for process in alive:
            if not process.is_running:
                raise NotReady(f"{process.name} ended with code {process.popen.returncode}\n{process.tail()}")
        if time.monotonic() > deadline:
            tails = "\n".join(process.tail() for process in alive)
            raise NotReady(f"{what} was not ready within {seconds:.0f} s\n{tails}")
        time.sleep(0.02)


PORTS = range(20_000, 32_000)
"""Systems give none of these to who connects: no stranger's connection takes one before the server is there."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on at the moment."""
    return next(port for port in random.sample(PORTS, len(PORTS)) if is_free(port, host))


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether we could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections on the port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
