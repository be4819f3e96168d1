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
        ("MEDIA_URL", "file:///var/media"), ("LOG_LEVEL", "debug"), ("SENTRY_DSN", "https://key@sentry.example/1"),
    ],
)  # fmt: skip
def test_what_is_well_formed_is_taken(name: str, value: str) -> None:
    Config.from_env(GOOD | {name: value})
