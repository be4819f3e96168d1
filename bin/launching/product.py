"""The product's own processes, as its Procfile names them, and the sandbox that stands in for Instagram."""

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from launching.processes import ROOT, Process, answers, stop_all, wait_until

SANDBOX_APP = {
    "INSTAGRAM_APP_ID": "1000000000000001",
    "INSTAGRAM_APP_SECRET": "sandbox-app-secret",
    "INSTAGRAM_VERIFY_TOKEN": "sandbox-verify-token",
}
"""The Meta app that the sandbox plays; not a secret, since the sandbox is reached from this machine alone."""

Starter = Callable[[str, Sequence[str], Mapping[str, str]], Process]
"""Starts a named command in an environment; decides where its output goes."""


class CommandFailed(Exception):
    """A command ended with an error; the message is what it said."""


def procfile(path: Path = ROOT / "Procfile") -> dict[str, list[str]]:
    """The commands of the Procfile by the names of their processes."""
    lines = re.findall(r"^(\w+):\s*(.+)$", path.read_text(), re.MULTILINE)
    return {name: shlex.split(command) for name, command in lines}


def machine_environment() -> dict[str, str]:
    """What a process needs of this machine, and nothing of the person who uses it."""
    kept = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PATH": venv_path()}


def venv_path() -> str:
    """PATH with the commands of our virtual environment first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def product_environment(
    *, port: int, database_url: str, redis_url: str, secret_key: str, sandbox_url: str
) -> dict[str, str]:
    """The environment of the product beside a sandbox, reachable from this machine alone."""
    return SANDBOX_APP | {
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secret_key,
        "GRAPH_BASE_URL": sandbox_url,
        "OAUTH_BASE_URL": sandbox_url,
        "OAUTH_API_BASE_URL": sandbox_url,
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}",
    }


def sandbox_environment(*, port: int, product_port: int, database: str) -> dict[str, str]:
    """The environment of a sandbox on `port` that delivers to the product on `product_port`."""
    product_url = f"http://localhost:{product_port}"
    return SANDBOX_APP | {
        "SANDBOX_DB": database,
        "SANDBOX_URL": f"http://localhost:{port}",
        "SANDBOX_PRODUCT_URL": product_url,
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{product_port}/webhooks/instagram",
    }


def start_sandbox(start: Starter, port: int, environment: Mapping[str, str]) -> Process:
    """Starts the sandbox; `wait_for_port` tells when it is ready."""
    return start("sandbox", [sys.executable, "-m", "igapp.sandbox", "--port", str(port)], environment)


def wait_for_port(port: int, process: Process, seconds: float = 30) -> None:
    """Waits until the process accepts connections; raises NotReady."""
    wait_until(lambda: answers(port), process.name, seconds=seconds, alive=[process])


class Product:
    """The product in one environment: its commands, and its web, worker and clock as separate processes."""

    def __init__(self, environment: Mapping[str, str], start: Starter, code: Path = ROOT) -> None:
        self.environment = dict(environment)
        self.processes: dict[str, Process] = {}
        self._start = start
        self._code = code

    @property
    def url(self) -> str:
        return f"http://localhost:{self.environment['PORT']}"

    def flask(self, *arguments: str, typed: str = "") -> str:
        """Runs `flask --app app …` to its end, typing `typed`; returns what it printed.

        Raises CommandFailed with all that it said.
        """
        return self._run(["flask", "--app", "app", *arguments], typed)

    def release(self) -> None:
        """What a platform runs before a new version: the migrations."""
        self._run(procfile(self._code / "Procfile")["release"])

    def _run(self, command: Sequence[str], typed: str = "") -> str:
        done = subprocess.run(
            command, cwd=self._code, env=self.environment, input=typed, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = f"{done.stdout}{done.stderr}".strip()
            raise CommandFailed(said if "\n" not in said else f"{' '.join(command)}:\n{said}")
        return done.stdout

    def start(self, *names: str) -> None:
        """Starts processes of the Procfile by name, "worker.2" beside "worker"; without a name: all of them."""
        for name in names or ("web", "worker", "clock"):
            command = procfile(self._code / "Procfile")[name.partition(".")[0]]
            self.processes[name] = self._start(name, command, self.environment)

    def wait_until_served(self, seconds: float = 30, path: str = "/healthz") -> None:
        """Waits until pages are served; raises NotReady with what the processes said."""
        alive = self.processes.values()
        wait_until(lambda: self._is_served(path), "the web process", seconds=seconds, alive=alive)

    def stop(self) -> float:
        """Stops all processes; returns the seconds that it took."""
        return stop_all(self.processes.values())

    def _is_served(self, path: str) -> bool:
        url = f"http://127.0.0.1:{self.environment['PORT']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False
