"""Where bytes live: the database, a folder, a bucket; each keeps, gives and forgets, and says when it cannot."""

import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from igapp import db, storage, utc
from igapp.config import Config, ConfigError
from tests.infra.bucket import Bucket


@pytest.fixture
def s3_app(make_app: Any, s3: Bucket) -> Flask:
    app: Flask = make_app(MEDIA_URL="s3://inbox/media")
    return app


@pytest.mark.parametrize("scheme", ["db", "file", "s3"])
def test_every_store_keeps_and_forgets(make_app: Any, tmp_path: Path, s3: Bucket, scheme: str) -> None:
    urls = {"db": "db://", "file": f"file://{tmp_path}/media", "s3": "s3://inbox"}
    with make_app(MEDIA_URL=urls[scheme]).app_context():
        held, key = storage.store(), storage.new_key()
        held.put(key, b"bytes", "image/png", utc.now())
        db.commit()
        assert held.get(key) == b"bytes"
        storage.drop_later(key)
        db.commit()
        assert held.get(key) is None
        held.drop([key])


def test_a_key_leads_nowhere_else(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No key"):
        storage.Folder(tmp_path).get("../../etc/passwd")


def test_a_disk_that_takes_nothing_says_so_in_one_way(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    held, key = storage.Folder(tmp_path / "media"), storage.new_key()
    with pytest.raises(storage.Unavailable):
        held.put(key, b"bytes", "image/png", utc.now())
    with pytest.raises(storage.Unavailable):
        held.get(key)
    with pytest.raises(storage.Unavailable):
        held.drop([key])


def test_a_bucket_keeps_files_below_its_prefix_as_what_they_are(s3_app: Flask, s3: Bucket) -> None:
    with s3_app.app_context():
        storage.store().put("a-key-that-nobody-guesses", b"bytes", "image/png", utc.now())
    assert s3.objects == {"/inbox/media/a-key-that-nobody-guesses": (b"bytes", "image/png")}


def test_an_ill_bucket_says_so_in_one_way(s3_app: Flask, s3: Bucket) -> None:
    s3.is_ill = True
    with s3_app.app_context():
        held = storage.store()
        with pytest.raises(storage.Unavailable):
            held.get("k")
        with pytest.raises(storage.Unavailable):
            held.put("k", b"", "image/png", utc.now())
        with pytest.raises(storage.Unavailable):
            held.drop(["k"])


def test_what_an_ill_bucket_could_not_drop_is_named_in_the_log(
    s3_app: Flask, s3: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    s3.is_ill = True
    with s3_app.app_context():
        storage.drop_later("a-key-that-nobody-guesses")
        db.session().execute(sa.select(1))
        db.commit()
    assert "files_not_dropped keys=['a-key-that-nobody-guesses']" in caplog.text


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "file://", "ftp://there", "media"])
def test_a_place_that_is_none_stops_the_start(environment: dict[str, str], url: str) -> None:
    with pytest.raises(ConfigError, match=r"^MEDIA_URL is malformed: it must be where media live"):
        Config.from_env(environment | {"MEDIA_URL": url})


def test_a_bucket_without_the_package_that_speaks_to_it_stops_the_start(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = environment | {"MEDIA_URL": "s3://inbox"}
    assert Config.from_env(wanted).media_url == "s3://inbox"
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match=r"^MEDIA_URL needs the package boto3"):
        Config.from_env(wanted)
