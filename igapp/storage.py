"""Where the bytes of media live: the database, a folder, or S3, as MEDIA_URL says.

Keys are unguessable; what is under a key never changes. A file leaves when the commit that dropped it has happened.
"""

import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app

from igapp import db
from igapp.config import Config
from igapp.models import StoredFile

log = logging.getLogger(__name__)

KEY = re.compile(r"[A-Za-z0-9_-]{20,80}")
CONNECT_SECONDS = 2.5
"""Until S3 must have answered a connection."""
READ_SECONDS = 3.5
"""Between two pieces of its answer: every process stops in time."""
TRIES = 2
"""How often S3 is asked before a file counts as not to be had just now."""


class Unavailable(Exception):
    """The store does not answer, or refuses us; asked later it may well do."""


class Store(Protocol):
    """Keeps files by key."""

    def put(self, key: str, content: bytes, content_type: str, now: datetime) -> None:
        """Keep a file under a new key."""

    def get(self, key: str) -> bytes | None:
        """Return a file, or None where there is none."""

    def drop(self, keys: Sequence[str]) -> None:
        """Forget files; those that are not there are forgotten already."""


def new_key() -> str:
    """Return a key that nobody guesses."""
    return secrets.token_urlsafe(24)


def store() -> Store:
    """Return the store that MEDIA_URL names."""
    config: Config = current_app.extensions["config"]
    extensions = current_app.extensions
    if "storage" not in extensions:
        extensions["storage"] = _made(config.media_url)
    found: Store = extensions["storage"]
    return found


def drop_later(*keys: str | None) -> None:
    """Forget files once the transaction that no longer needs them has committed."""
    held = store()
    for key in keys:
        if key and isinstance(held, Database):
            held.drop([key])
        elif key:
            db.after_commit("dropped files", key, _drop)


def _drop(keys: list[str]) -> None:
    """What cannot be dropped now stays where it is: the log says what, since the commit has happened."""
    try:
        store().drop(keys)
    except Unavailable:
        log.exception("files_not_dropped keys=%s", keys)


def _made(media_url: str) -> Store:
    parts = urlsplit(media_url)
    if parts.scheme == "file":
        return Folder(Path(parts.netloc + parts.path))
    return Bucket(parts.netloc, parts.path.strip("/")) if parts.scheme == "s3" else Database()


class Database:
    """Files in a table, for small installations: backed up with everything else."""

    def put(self, key: str, content: bytes, content_type: str, now: datetime) -> None:
        db.session().add(StoredFile(key=key, content=content, content_type=content_type, stored_at=now))

    def get(self, key: str) -> bytes | None:
        return db.session().scalar(sa.select(StoredFile.content).where(StoredFile.key == key))

    def drop(self, keys: Sequence[str]) -> None:
        db.session().execute(sa.delete(StoredFile).where(StoredFile.key.in_(keys)))


class Folder:
    """Files in a folder that all processes see."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: bytes, content_type: str, now: datetime) -> None:
        path = self._path(key)
        half = path.with_suffix(".part")
        with _on_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                half.write_bytes(content)
                half.replace(path)
            except OSError:
                half.unlink(missing_ok=True)
                raise

    def get(self, key: str) -> bytes | None:
        with _on_disk():
            try:
                return self._path(key).read_bytes()
            except FileNotFoundError:
                return None

    def drop(self, keys: Sequence[str]) -> None:
        with _on_disk():
            for key in keys:
                self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"No key: {key!r}")
        return self.root / key[:2] / key


class Bucket:
    """Files in S3, or in whatever speaks its language (AWS_ENDPOINT_URL)."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket, self.prefix = bucket, prefix
        self._client: Any = None

    def put(self, key: str, content: bytes, content_type: str, now: datetime) -> None:
        with _asked():
            self.client.put_object(Bucket=self.bucket, Key=self._name(key), Body=content, ContentType=content_type)

    def get(self, key: str) -> bytes | None:
        with _asked():
            try:
                body: bytes = self.client.get_object(Bucket=self.bucket, Key=self._name(key))["Body"].read()
            except self.client.exceptions.NoSuchKey:
                return None
        return body

    def drop(self, keys: Sequence[str]) -> None:
        with _asked():
            for key in keys:
                self.client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def client(self) -> Any:
        """The connection; the library, which is large, is imported where S3 is used alone."""
        if self._client is None:
            self._client = _client()
        return self._client

    def _name(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key


def _client() -> Any:
    """Speak S3's language as others understand it too: their servers know no checksums of Amazon's own."""
    import boto3
    from botocore.config import Config as Manner

    manner = Manner(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client("s3", config=manner)


@contextmanager
def _on_disk() -> Iterator[None]:
    """Turn a disk that is full, broken or not there into Unavailable."""
    try:
        yield
    except OSError as error:
        raise Unavailable(type(error).__name__) from error


@contextmanager
def _asked() -> Iterator[None]:
    """Turn whatever goes wrong between us and S3 into Unavailable."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(type(error).__name__) from error
