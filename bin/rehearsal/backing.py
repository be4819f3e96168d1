"""What a platform gives a deployment: Postgres, Redis behind TLS, here Meta's stand-in too, and an environment."""

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launching import processes, servers
from launching.processes import Process, free_port
from launching.product import SANDBOX_APP, machine_environment, sandbox_environment, start_sandbox, wait_for_port
from rehearsal.tls import TlsProxy


@dataclass(frozen=True)
class Backing:
    """The services of one rehearsal, and where the product is going to listen."""

    database_url: str
    redis: TlsProxy
    port: int
    sandbox_url: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def environment(self, path: str) -> dict[str, str]:
        """All that the processes are told: the names that the product documents, and PORT and PATH."""
        told = {
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "DATABASE_URL": self.database_url.replace("postgresql://", "postgres://", 1),
            "REDIS_URL": self.redis.url,
            "REDIS_TLS_INSECURE": "1",
            "SECRET_KEY": secrets.token_hex(32),
            "GRAPH_BASE_URL": self.sandbox_url,
            "OAUTH_BASE_URL": self.sandbox_url,
            "OAUTH_API_BASE_URL": self.sandbox_url,
            "LOG_FORMAT": "json",
        }
        return machine_environment() | SANDBOX_APP | told | {"PATH": path}


def attach(folder: Path, stack: contextlib.ExitStack) -> Backing:
    """Start everything that the product stands on; the stack stops it."""
    database = servers.postgres_server()
    stack.callback(database.stop)
    redis = servers.redis_server(folder / "redis", free_port())
    stack.callback(redis.process.stop)
    port, sandbox_port = free_port(), free_port()
    settings = sandbox_environment(port=sandbox_port, product_port=port, database=str(folder / "sandbox.sqlite"))
    sandbox = start_sandbox(Starter(folder), sandbox_port, machine_environment() | settings)
    stack.callback(sandbox.stop)
    wait_for_port(sandbox_port, sandbox)
    proxy = TlsProxy(folder, redis.port)
    return Backing(database.create_database("product"), proxy, port, f"http://localhost:{sandbox_port}")


@dataclass(frozen=True)
class Starter:
    """Starts processes in a folder's code, with a log for each."""

    logs: Path
    code: Path = processes.ROOT

    def __call__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Process:
        return processes.start(name, command, environment, log=self.logs / f"{name}.log", cwd=self.code)


def tails(folder: Path, lines: int = 8) -> str:
    """The last lines of every process that wrote a log into the folder."""
    logs = {log.name: log.read_text(errors="replace").splitlines()[-lines:] for log in sorted(folder.glob("*.log"))}
    return "\n".join("\n".join([f"== {name}", *said]) for name, said in logs.items())
