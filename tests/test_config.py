"""What the environment may say: what is malformed is told in one line that names it."""

import pytest

from igapp.config import Config, ConfigError

GOOD = {
    "DATABASE_URL": "sqlite:///x.sqlite",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "k" * 32,
    "PUBLIC_URL": "http://localhost:5000",
    "INSTAGRAM_APP_ID": "1",
    "INSTAGRAM_APP_SECRET": "s",
    "INSTAGRAM_VERIFY_TOKEN": "v",
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", ["", "  "])
def test_what_is_required_is_named_when_it_is_missing(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} is missing: .+\.$"):
        Config.from_env(GOOD | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/x"), ("DATABASE_URL", "sqlite:///"), ("DATABASE_URL", "postgres://host:port/x"),
        ("REDIS_URL", "http://host"), ("REDIS_URL", "redis://"), ("REDIS_URL", "redis://host:port/0"),
        ("REDIS_URL", "unix://"), ("REDIS_TLS_INSECURE", "yes"), ("SECRET_KEY", "short"),
        ("SECRET_KEY", "k" * 32 + ",short"), ("PUBLIC_URL", "localhost:5000"), ("PUBLIC_URL", "http://host:port"),
        ("INSTAGRAM_APP_SECRET", " , "), ("GRAPH_BASE_URL", "graph.instagram.com"), ("GRAPH_VERSION", "25"),
        ("OAUTH_BASE_URL", "ftp://host"), ("OAUTH_API_BASE_URL", "https://"), ("MEDIA_URL", "ftp://host"),
        ("MEDIA_URL", "s3://"), ("MEDIA_URL", "file://"), ("MEDIA_URL", "db"), ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"), ("SENTRY_DSN", "nonsense"), ("SENTRY_DSN", "https://sentry.example/1"),
        ("SENTRY_DSN", "https://key@sentry.example/project"), ("SENTRY_DSN", "https://key@sentry.example:port/1"),
        ("SENTRY_DSN", "https://key@sentry.example/1x"), ("REDIS_URL", "redis://host/zero"),
        ("REDIS_URL", "redis://host/0?db=x"), ("REDIS_URL", "redis://host?db="), ("REDIS_URL", "redis://host?db"),
        ("REDIS_URL", "redis://host?unknown=1"), ("REDIS_URL", "redis://host?health_check_interval=soon"),
        ("REDIS_URL", "redis://host?socket_timeout=1"), ("REDIS_URL", "rediss://host?ssl_cert_reqs=none"),
        ("REDIS_URL", "rediss://host?ssl_check_hostname=False"), ("PUBLIC_URL", "https://host/inbox"),
        ("PUBLIC_URL", "https://host?x=1"), ("PUBLIC_URL", "https://host/#x"), ("PUBLIC_URL", "https://my host"),
        ("PUBLIC_URL", "https://me@host"), ("PUBLIC_URL", "https://host\\.other"), ("GRAPH_BASE_URL", "https://a b"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named_with_what_it_must_be(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} is malformed: it must be .+\.$") as refusal:
        Config.from_env(GOOD | {name: value})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://me:p:a@s/s@host:5432/x?sslmode=require"), ("DATABASE_URL", "postgresql:///x"),
        ("DATABASE_URL", "postgresql://me:secret@/x?host=/run/postgres"), ("DATABASE_URL", "postgresql://[::1]:5432/x"),
        ("DATABASE_URL", "postgresql://one:5432,two:5432/x"), ("REDIS_URL", "unix:///run/redis.sock?db=1"),
        ("REDIS_URL", "rediss://:secret@host:6380"), ("MEDIA_URL", "db://"), ("MEDIA_URL", "s3://bucket"),
        ("MEDIA_URL", "file:///var/media"), ("REDIS_URL", "redis://host/1?client_name=inbox&health_check_interval=30"),
        ("PUBLIC_URL", "https://desk.example:8443/"), ("SENTRY_DSN", "https://key@sentry.example/below/1"),
        ("LOG_LEVEL", "debug"), ("SENTRY_DSN", "https://key@sentry.example/1"),
    ],
)  # fmt: skip
def test_what_is_well_formed_is_taken(name: str, value: str) -> None:
    Config.from_env(GOOD | {name: value})
