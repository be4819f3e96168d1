"""The app in the test's own process, on a database and a Redis that are empty when a test starts."""

import secrets
from collections.abc import Callable, Iterator

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from igapp import create_app, storage
from igapp.config import Config
from igapp.db import db
from launching.processes import free_port
from launching.product import product_environment
from launching.servers import RedisServer, redis_server
from tests.infra.databases import Databases, Emptier, emptying

SECRET_KEY = secrets.token_hex(32)


@pytest.fixture(scope="session")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The session's Redis server."""
    server = redis_server(tmp_path_factory.mktemp("redis"), free_port())
    yield server
    server.process.stop()


@pytest.fixture(scope="session")
def sandbox_port() -> int:
    """Where the session's sandbox listens, once a test asks for it."""
    return free_port()


@pytest.fixture(scope="session")
def environment(databases: Databases, own_redis: RedisServer, sandbox_port: int) -> dict[str, str]:
    """The environment of the session's app, as a process would have it."""
    return product_environment(
        port=5000,
        database_url=databases.migrated(),
        redis_url=own_redis.url,
        secret_key=SECRET_KEY,
        sandbox_url=f"http://localhost:{sandbox_port}",
    )


@pytest.fixture(scope="session")
def _emptier(environment: dict[str, str]) -> Iterator[Emptier]:
    with emptying(environment["DATABASE_URL"]) as emptier:
        yield emptier


@pytest.fixture(scope="session")
def _app(environment: dict[str, str]) -> Iterator[Flask]:
    app = _new_app(environment)
    yield app
    close_app(app)


@pytest.fixture
def empty_stores(_emptier: Emptier, own_redis: RedisServer) -> None:
    """Database and Redis as they are before anything has happened."""
    _emptier.empty()
    with redis.Redis.from_url(own_redis.url) as connection:
        connection.flushall()


@pytest.fixture
def app(_app: Flask, empty_stores: None) -> Iterator[Flask]:
    """The app, with empty stores."""
    yield _app
    _app.extensions["courier"].flush()


@pytest.fixture
def make_app(environment: dict[str, str], empty_stores: None) -> Iterator[Callable[..., Flask]]:
    """Makes an app whose environment differs: make_app(METRICS_TOKEN="…")."""
    made: list[Flask] = []

    def make(**changed: str) -> Flask:
        made.append(_new_app(environment | changed))
        return made[-1]

    yield make
    for app in made:
        close_app(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript, not signed in."""
    return app.test_client()


@pytest.fixture
def db_session(app: Flask) -> Iterator[Session]:
    """The session of an app context that lasts as long as the test."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def redis_url(own_redis: RedisServer, empty_stores: None) -> str:
    """The address of an empty Redis."""
    return own_redis.url


@pytest.fixture
def database_url(environment: dict[str, str], empty_stores: None) -> str:
    """The address of the session's database, empty; `app` is on it too."""
    return environment["DATABASE_URL"]


def _new_app(environment: dict[str, str]) -> Flask:
    app = create_app(Config.from_env(environment))
    app.testing = True
    return app


def close_app(app: Flask) -> None:
    """Lets go of an app's connections."""
    app.extensions["courier"].flush()
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()
    app.extensions["quick redis"].close()
    if isinstance(held := app.extensions.get("storage"), storage.Bucket):
        held.close()
