"""The parts of `make rehearse`: Redis behind a certificate that nobody vouches for, a build that says what failed."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from flask import Flask

from igapp import redislink
from igapp.config import Config
from launching.servers import RedisServer
from rehearsal import slug
from rehearsal.backing import tails
from rehearsal.tls import TlsProxy
from tests.web.conftest import Door


@pytest.fixture
def behind_tls(own_redis: RedisServer, tmp_path: Path) -> TlsProxy:
    return TlsProxy(tmp_path, own_redis.port)


def test_redis_is_reached_through_a_self_signed_certificate_where_that_is_asked_for(
    behind_tls: TlsProxy, environment: dict[str, str]
) -> None:
    wanted = {"REDIS_URL": behind_tls.url, "REDIS_TLS_INSECURE": "1"}
    with redislink.connect(Config.from_env(environment | wanted)) as connection:
        assert connection.ping()
    assert behind_tls.connections


def test_a_self_signed_certificate_is_refused_otherwise(behind_tls: TlsProxy, environment: dict[str, str]) -> None:
    config = Config.from_env(environment | {"REDIS_URL": behind_tls.url})
    with redislink.connect(config) as connection, pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY"):
        connection.ping()


@pytest.mark.parametrize("scheme", ["rediss", "redis"])
def test_wrong_passwords_are_counted_however_redis_is_reached(
    behind_tls: TlsProxy, own_redis: RedisServer, make_app: Callable[..., Flask], scheme: str
) -> None:
    url = behind_tls.url if scheme == "rediss" else own_redis.url
    app = make_app(REDIS_URL=url, REDIS_TLS_INSECURE="1")
    with app.app_context():
        Door(app.test_client()).post("/login", email="bo@our.brand", password="wrong")
    with redis.Redis.from_url(own_redis.url) as connection:
        assert list(connection.scan_iter("LIMITS*")) != []


def test_what_rings_is_heard_through_a_self_signed_certificate(
    behind_tls: TlsProxy, make_app: Callable[..., Flask]
) -> None:
    app = make_app(REDIS_URL=behind_tls.url, REDIS_TLS_INSECURE="1")
    assert app.extensions["redis"].xadd("heard", {"it": "is"})
    assert app.extensions["redis"].xlen("heard") == 1


def test_a_step_of_the_build_that_fails_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(slug.BuildFailed, match="no such package"):
        slug.run(["sh", "-c", "echo no such package; exit 1"], tmp_path, "/usr/bin:/bin")


def test_a_slug_has_its_own_commands_and_none_of_ours(tmp_path: Path) -> None:
    folders = slug.Slug(tmp_path, 0).path.split(":")
    assert folders[0] == str(tmp_path / ".venv" / "bin")
    assert str(Path(sys.executable).parent) not in folders


def test_a_slug_is_weighed_without_what_no_process_needs(tmp_path: Path) -> None:
    folder = tmp_path / "slug"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "app.py").write_bytes(b"1" * 1_000_000)
    unpacked, packed = slug.Slug(folder, 0).sizes()
    assert unpacked == pytest.approx(1)
    assert 0 < packed < 0.1


def test_the_last_lines_of_every_process_are_shown(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("first\nlast\n")
    assert tails(tmp_path, lines=1) == "== web.log\nlast"
