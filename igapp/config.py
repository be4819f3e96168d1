"""The settings that come from the environment: read once, checked, frozen.

A missing or malformed one raises ConfigError, whose one line names it and says what it must be.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import parse_qsl, urlsplit

T = TypeVar("T")

SECRET_KEY_MIN_LENGTH = 32
"""Characters; shorter keys can be guessed offline from a signed cookie."""


NUMBERS_OF_REDIS = ("db", "health_check_interval")
WORDS_OF_REDIS = ("client_name", "username", "password")
"""Options that REDIS_URL may carry: time-outs are ours, and REDIS_TLS_INSECURE says whose certificate is taken."""


class ConfigError(Exception):
    """A setting in the environment is missing or malformed; the message is for the operator."""


@dataclass(frozen=True)
class Config:
    """Everything the product reads from its environment."""

    database_url: str
    redis_url: str
    redis_tls_insecure: bool
    secret_keys: tuple[str, ...]
    public_url: str
    instagram_app_id: str
    instagram_app_secrets: tuple[str, ...]
    instagram_verify_token: str
    graph_base_url: str
    graph_version: str
    oauth_base_url: str
    oauth_api_base_url: str
    media_url: str
    log_level: str
    log_format: str
    sentry_dsn: str
    metrics_token: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Config":
        """Read the environment (or the mapping given); raises ConfigError."""
        read = _Reader(os.environ if env is None else env)
        return cls(
            database_url=read.required("DATABASE_URL", _database_url),
            redis_url=read.required("REDIS_URL", _redis_url),
            redis_tls_insecure=read.optional("REDIS_TLS_INSECURE", "0", _flag),
            secret_keys=read.required("SECRET_KEY", _secret_keys),
            public_url=read.required("PUBLIC_URL", _root_url),
            instagram_app_id=read.required("INSTAGRAM_APP_ID", _text),
            instagram_app_secrets=read.required("INSTAGRAM_APP_SECRET", _list),
            instagram_verify_token=read.required("INSTAGRAM_VERIFY_TOKEN", _text),
            graph_base_url=read.optional("GRAPH_BASE_URL", "https://graph.instagram.com", _web_url),
            graph_version=read.optional("GRAPH_VERSION", "v25.0", _graph_version),
            oauth_base_url=read.optional("OAUTH_BASE_URL", "https://www.instagram.com", _web_url),
            oauth_api_base_url=read.optional("OAUTH_API_BASE_URL", "https://api.instagram.com", _web_url),
            media_url=read.optional("MEDIA_URL", "db://", _media_url),
            log_level=read.optional("LOG_LEVEL", "INFO", _log_level),
            log_format=read.optional("LOG_FORMAT", _default_log_format(), _log_format),
            sentry_dsn=read.optional("SENTRY_DSN", "", _dsn),
            metrics_token=read.optional("METRICS_TOKEN", "", str.strip),
        )

    @property
    def is_postgres(self) -> bool:
        """Whether the database is Postgres (else it is SQLite)."""
        return self.database_url.startswith("postgresql")


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env

    def required(self, name: str, parse: Callable[[str], T]) -> T:
        value = self.env.get(name, "").strip()
        if not value:
            raise ConfigError(f"{name} is missing: {_MEANING[name]}.")
        return self._parsed(name, value, parse)

    def optional(self, name: str, default: str, parse: Callable[[str], T]) -> T:
        return self._parsed(name, self.env.get(name, "").strip() or default, parse)

    def _parsed(self, name: str, value: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(value)
        except ValueError:
            raise ConfigError(f"{name} is malformed: it must be {_MEANING[name]}.") from None


_MEANING = {
    "DATABASE_URL": "the database's address, postgres://…, postgresql://… or sqlite:///path",
    "REDIS_URL": "the Redis server's address, redis://host:port/number, rediss://… or unix:///path, and of options "
    "only db, client_name, health_check_interval, username and password (REDIS_TLS_INSECURE=1 takes any certificate)",
    "REDIS_TLS_INSECURE": "1 (accept self-signed certificates) or 0",
    "SECRET_KEY": f"at least {SECRET_KEY_MIN_LENGTH} characters (several keys separated by commas, newest first)",
    "PUBLIC_URL": "the address at which browsers and Meta reach the product, https://host without a path",
    "INSTAGRAM_APP_ID": "the Instagram app's id",
    "INSTAGRAM_APP_SECRET": "the Instagram app's secret (several separated by commas)",
    "INSTAGRAM_VERIFY_TOKEN": "the token that Meta sends when it verifies the webhook",
    "GRAPH_BASE_URL": "the Graph API's address, https://…",
    "GRAPH_VERSION": "a Graph API version such as v25.0",
    "OAUTH_BASE_URL": "the address of Instagram's authorise page, https://…",
    "OAUTH_API_BASE_URL": "the address of Instagram's code exchange, https://…",
    "MEDIA_URL": "where media live, db://, file:///path or s3://bucket/prefix",
    "LOG_LEVEL": "DEBUG, INFO, WARNING, ERROR or CRITICAL",
    "LOG_FORMAT": "json or text",
    "SENTRY_DSN": "a Sentry project's address, https://key@host/number",
}


def _text(value: str) -> str:
    return value


def _list(value: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    return parts or _refuse()


def _secret_keys(value: str) -> tuple[str, ...]:
    keys = _list(value)
    return keys if all(len(key) >= SECRET_KEY_MIN_LENGTH for key in keys) else _refuse()


def _database_url(value: str) -> str:
    """Accept Heroku's postgres://, name the driver, and make a SQLite path absolute."""
    for scheme in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if value.startswith(scheme):
            return "postgresql+psycopg://" + _with_ports(value.removeprefix(scheme))
    path = value.removeprefix("sqlite:///")
    if path == value or not path:
        return _refuse()
    return f"sqlite:///{Path(path).resolve()}"


def _with_ports(address: str) -> str:
    """Check the ports of a Postgres address; what is before the @ may have any character."""
    hosts = re.split(r"[/?]", address.rpartition("@")[2])[0].split(",")
    return address if all(re.fullmatch(r"(\[.*\]|[^:]*)(:\d+)?", host) for host in hosts) else _refuse()


def _redis_url(value: str) -> str:
    parts = urlsplit(value)
    where = {"redis": parts.hostname, "rediss": parts.hostname, "unix": parts.path}
    options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True) if parts.query else []
    numbers = [given for name, given in options if name in NUMBERS_OF_REDIS]
    if parts.scheme != "unix" and parts.path.strip("/"):
        numbers.append(parts.path.removeprefix("/"))
    is_known = all(name in NUMBERS_OF_REDIS + WORDS_OF_REDIS for name, _given in options)
    is_read = all(re.fullmatch("[0-9]+", number) for number in numbers)
    return value if where.get(parts.scheme) and parts.port != 0 and is_known and is_read else _refuse()


def _web_url(value: str) -> str:
    parts = urlsplit(value)
    is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    return value.rstrip("/") if is_address and not re.search(r"[\s\\\x00-\x1f\x7f]", value) else _refuse()


def _root_url(value: str) -> str:
    """Accept where the product's root is: pages name each other by paths from there."""
    address = _web_url(value)
    return address if address == "{0.scheme}://{0.netloc}".format(urlsplit(value)) and "@" not in value else _refuse()


def _media_url(value: str) -> str:
    """Accept a store that can be used: a folder's path, a bucket's name, and the package that speaks to it."""
    parts = urlsplit(value)
    if parts.scheme == "s3" and parts.netloc:
        return value if find_spec("boto3") else _refuse_without("boto3")
    is_folder = parts.scheme == "file" and bool(parts.netloc + parts.path)
    return value if is_folder or value.startswith("db://") else _refuse()


def _refuse_without(package: str) -> NoReturn:
    raise ConfigError(f"MEDIA_URL needs the package {package}: install what requirements.txt pins, or use db://.")


def _dsn(value: str) -> str:
    parts = urlsplit(value)
    is_address = parts.scheme in ("http", "https") and parts.hostname and parts.username and parts.port != 0
    is_project = re.fullmatch(r"/(.*/)?[0-9]+", parts.path) is not None
    return value if not value or (is_address and is_project) else _refuse()


def _graph_version(value: str) -> str:
    return value if re.fullmatch(r"v\d+\.\d+", value) else _refuse()


def _flag(value: str) -> bool:
    return {"1": True, "0": False}[value] if value in ("0", "1") else _refuse()


def _log_level(value: str) -> str:
    return value.upper() if value.upper() in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL") else _refuse()


def _log_format(value: str) -> str:
    return value if value in ("json", "text") else _refuse()


def _default_log_format() -> str:
    return "text" if sys.stderr.isatty() else "json"


def _refuse() -> NoReturn:
    raise ValueError
