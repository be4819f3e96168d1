"""What customers send: fetched from Meta's hosts, kept, shown as what it is, forgotten."""

import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from igapp import clock, db, jobs, passes, storage, utc
from igapp.instagram import files, media
from igapp.models import Attachment, AttachmentKind, MediaState, StoredFile
from tests.infra.bucket import Bucket
from tests.infra.stage import Sandbox
from tests.instagram import wire
from tests.instagram.stage import Stage, connect_by_hand, drain


def attachments() -> list[Attachment]:
    db.session().rollback()
    return list(db.session().scalars(sa.select(Attachment).order_by(Attachment.id)))


def fetch() -> Attachment:
    """Fetches the one attachment that there is."""
    (attachment,) = attachments()
    number = attachment.id
    db.session().rollback()
    jobs.fetch_media(number)
    return attachments()[0]


def sends(stage: Stage, kind: str, **more: Any) -> Attachment:
    stage.happens(kind, **more)
    stage.tell()
    return fetch()


@pytest.mark.parametrize(
    ("kind", "shown", "content_type"),
    [
        ("image", AttachmentKind.IMAGE, "image/"),
        ("video", AttachmentKind.VIDEO, "video/"),
        ("audio", AttachmentKind.AUDIO, "audio/"),
        ("file", AttachmentKind.FILE, "application/pdf"),
        ("sticker", AttachmentKind.STICKER, "image/"),
        ("gif", AttachmentKind.IMAGE, "image/gif"),
        ("mislabelled", AttachmentKind.VIDEO, "video/"),
    ],
)
def test_a_file_is_kept_as_what_it_is(stage: Stage, kind: str, shown: AttachmentKind, content_type: str) -> None:
    kept = sends(stage, kind)
    assert (kept.state, kept.kind) == (MediaState.READY, shown)
    assert kept.content_type is not None
    assert kept.content_type.startswith(content_type)
    content = storage.store().get(kept.storage_key or "")
    assert content is not None
    assert len(content) == kept.size


def test_g_l1_a_file_that_is_gone_leaves_its_message(stage: Stage) -> None:
    stage.fault(media_gone=True)
    kept = sends(stage, "image")
    assert (kept.state, kept.item.wants_answer) == (MediaState.EXPIRED, True)


def test_a_story_is_never_fetched(stage: Stage) -> None:
    stage.happens("story_mention")
    stage.tell()
    story = fetch()
    assert (story.state, story.storage_key) == (MediaState.LINKED, None)


def test_a_story_is_let_go_when_it_is_over(stage: Stage) -> None:
    stage.happens("story_mention")
    stage.tell()
    db.change(sa.update(Attachment).values(expires_at=utc.now() - timedelta(seconds=1)))
    db.commit()
    clock.once(["stories"])
    (story,) = attachments()
    assert (story.state, story.url) == (MediaState.EXPIRED, None)


def test_g_x3_a_redirect_off_metas_hosts_is_not_followed(stage: Stage) -> None:
    stage.fault(foreign_links=True)
    kept = sends(stage, "image")
    assert (kept.state, kept.problem) == (MediaState.FAILED, media.FOREIGN)


@pytest.mark.parametrize("to", ["https://evil.example\\.fbcdn.net/x", "\\\\evil.example/x", "//evil.example/x"])
def test_g_x3_a_redirect_that_can_be_read_in_two_ways_is_not_followed(
    fetched: Callable[..., Attachment], to: str
) -> None:
    kept = fetched(b"", status=302, Location=to)
    assert (kept.state, kept.problem) == (MediaState.FAILED, media.FOREIGN)


def test_an_unsend_takes_the_bytes_away(stage: Stage) -> None:
    kept = sends(stage, "image")
    key = kept.storage_key
    stage.happens("unsend", mid=kept.item.platform_id)
    stage.tell()
    assert db.session().scalars(sa.select(StoredFile)).all() == []
    (attachment,) = attachments()
    assert (key is not None, attachment.storage_key, attachment.url) == (True, None, None)


def test_what_was_unsent_while_it_was_fetched_is_not_kept(stage: Stage) -> None:
    mid = stage.happens("image")["mid"]
    stage.tell()
    stage.happens("unsend", mid=mid)
    stage.tell()
    assert fetch().storage_key is None


def test_a_fetch_that_got_lost_is_asked_for_again(stage: Stage, app: Flask) -> None:
    stage.happens("image")
    stage.tell()
    app.extensions["courier"].flush()
    app.extensions["redis"].flushall()
    clock.once(["media"])
    app.extensions["courier"].flush()
    assert app.extensions["redis"].llen("rq:queue:media") == 1


class Cdn(BaseHTTPRequestHandler):
    """Serves what a test puts into `answers`, by path."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]

    def do_GET(self) -> None:
        status, headers, body = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cdn() -> Iterator[ThreadingHTTPServer]:
    """A server that stands in the place of Meta's."""
    Cdn.answers = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cdn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetched(cdn: ThreadingHTTPServer, make_app: Any, sandbox: Sandbox, db_session: Any) -> Callable[..., Attachment]:
    """Fetches what the server answers, as a picture."""

    def run(body: bytes, status: int = 200, times: int = 1, media_url: str = "db://", **headers: str) -> Attachment:
        url = f"http://127.0.0.1:{cdn.server_address[1]}"
        Cdn.answers["/file"] = (status, {"Content-Length": str(len(body))} | headers, body)
        app = make_app(GRAPH_BASE_URL=url, MEDIA_URL=media_url)
        with app.app_context():
            connect_by_hand()
            wire.send(app.test_client(), wire.body(wire.attached({"type": "image", "payload": {"url": f"{url}/file"}})))
            drain()
            return [fetch() for _ in range(times)][-1]

    return run


def picture(width: int = 20, height: int = 10, kind: str = "JPEG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(written, kind)
    return written.getvalue()


def test_a_picture_has_its_size_and_a_preview_where_it_is_large(fetched: Callable[..., Attachment]) -> None:
    kept = fetched(picture(1600, 800))
    assert (kept.width, kept.height) == (1600, 800)
    assert kept.preview_key is not None


def test_a_small_picture_needs_no_preview(fetched: Callable[..., Attachment]) -> None:
    assert fetched(picture()).preview_key is None


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"<!DOCTYPE html><script>alert(1)</script>", MediaState.EXPIRED),
        (b"", MediaState.EXPIRED),
        (b"\xff\xd8\xff" + b"broken", MediaState.READY),
        (b"MZ\x90\0 a program", MediaState.READY),
    ],
)
def test_what_is_no_picture_is_never_shown_as_one(
    fetched: Callable[..., Attachment], body: bytes, state: MediaState
) -> None:
    kept = fetched(body)
    assert kept.state == state
    if state == MediaState.READY:
        assert (kept.kind, kept.content_type) == (AttachmentKind.FILE, files.UNKNOWN_TYPE)


def broken_gif() -> bytes:
    """A moving picture whose second frame says less of itself than Pillow reads: struct.error."""
    written, frames = io.BytesIO(), [Image.new("RGB", (800, 8), colour) for colour in ("red", "teal")]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=100)
    first, second, rest = written.getvalue().split(b"!\xf9\x04")
    return b"!\xf9\x04".join([first, second]) + b"!\xf9\x02" + rest


def test_a_picture_that_breaks_its_reader_is_kept_as_a_file(fetched: Callable[..., Attachment]) -> None:
    kept = fetched(broken_gif())
    assert (kept.state, kept.kind, kept.content_type) == (MediaState.READY, AttachmentKind.FILE, files.UNKNOWN_TYPE)


def test_a_large_picture_is_made_small_before_it_is_turned() -> None:
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1600, 800), "green").save(written, "JPEG", exif=exif)
    found = files.picture(written.getvalue())
    assert found is not None
    assert Image.open(io.BytesIO(found.preview or b"")).size == (320, 640)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"Content-Length": "1, 1"}),
        (200, {"Content-Length": "many"}),
        (302, {"Location": "http://["}),
        (302, {"Location": f"https://{'x' * 70}.fbcdn.net/x"}),
    ],
)
def test_an_answer_that_nobody_can_read_counts_as_a_try(
    fetched: Callable[..., Attachment], status: int, headers: dict[str, str]
) -> None:
    kept = fetched(b"x", status, **headers)
    assert (kept.state, kept.attempts) == (MediaState.WAITING, 1)
    assert kept.next_try_at is not None
    assert kept.next_try_at > utc.now()


def test_a_store_that_is_no_folder_counts_as_a_try(fetched: Callable[..., Attachment], tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    kept = fetched(picture(), media_url=f"file://{tmp_path}/media")
    assert (kept.state, kept.attempts, kept.problem) == (MediaState.WAITING, 1, media.UNREACHABLE)


def test_a_picture_with_markup_behind_it_stays_a_picture(fetched: Callable[..., Attachment]) -> None:
    assert fetched(picture() + b"<script>alert(1)</script>").content_type == "image/jpeg"


def test_a_file_that_is_too_large_is_not_kept(fetched: Callable[..., Attachment]) -> None:
    kept = fetched(b"\xff\xd8\xff", **{"Content-Length": str(media.LARGEST + 1)})
    assert (kept.state, kept.problem) == (MediaState.FAILED, media.TOO_LARGE)


def test_a_file_that_is_cut_off_is_fetched_again(fetched: Callable[..., Attachment]) -> None:
    kept = fetched(picture(), **{"Content-Length": "100000"})
    assert (kept.state, kept.attempts, bool(kept.next_try_at)) == (MediaState.WAITING, 1, True)


def test_trouble_at_instagram_is_tried_again_and_in_the_end_given_up(fetched: Callable[..., Attachment]) -> None:
    kept = fetched(b"", status=500, times=len(media.PAUSES) + 1)
    assert (kept.state, kept.problem) == (MediaState.FAILED, media.UNREACHABLE)


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://lookaside.fbsbx.com/x?y=1", True),
        ("https://scontent.xx.fbcdn.net/v/1.jpg", True),
        ("https://scontent.cdninstagram.com/v/1.jpg", True),
        ("https://FBCDN.net./x", True),
        ("http://lookaside.fbsbx.com/x", False),
        ("https://lookaside.fbsbx.com:8443/x", False),
        ("https://fbsbx.com.evil.example/x", False),
        ("https://evilfbsbx.com/x", False),
        ("https://fbsbx.com@evil.example/x", False),
        ("https://user:pw@lookaside.fbsbx.com/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("http://localhost:6379/", False),
        ("http://[::1]/", False),
        ("https://[broken/", False),
        ("file:///etc/passwd", False),
        ("https://lookaside.fbsbx.com:port/", False),
        ("https://evil.example\\.fbcdn.net/x", False),
        ("https://evil.example\\@x.fbcdn.net/x", False),
        ("https://evil.example\t.fbcdn.net/x", False),
        ("https://evil.example%2f.fbcdn.net/x", False),
        ("https://evil.example%00.fbcdn.net/x", False),
        ("https://evil.example\N{FULLWIDTH SOLIDUS}.fbcdn.net/x", False),
        ("https://evil_example.fbcdn.net/x", False),
        ("https://evil..fbcdn.net/x", False),
        (" https://x.fbcdn.net/x", False),
        ("https://x.fbcdn.net/a b", False),
        ("https://@x.fbcdn.net/x", False),
    ],
)
def test_g_x3_only_metas_hosts_and_the_graph_apis_are_asked(app: Flask, url: str, is_allowed: bool) -> None:
    with app.app_context():
        assert media.is_allowed(url) == is_allowed


def test_the_graph_apis_own_host_is_asked(app: Flask) -> None:
    base = app.extensions["config"].graph_base_url
    with app.app_context():
        assert media.is_allowed(f"{base}/ig_messaging_cdn/?asset_id=1")
        assert not media.is_allowed(base.replace("http:", "https:") + "/x")


def test_a_picture_lives_in_a_bucket_and_is_served_from_there(fetched: Any, make_app: Any, s3: Bucket) -> None:
    kept = fetched(picture(), media_url="s3://inbox/media")
    assert (kept.state, len(s3.objects)) == (MediaState.READY, 1)
    url = passes.picture_url(kept.storage_key, kept.content_type, utc.now() + utc.hours(1))
    client = make_app(MEDIA_URL="s3://inbox/media").test_client()
    assert client.get(url).data == picture()
    s3.is_ill = True
    assert client.get(url).status_code == 503


def test_an_ill_bucket_is_asked_again_later(fetched: Any, s3: Bucket) -> None:
    s3.is_ill = True
    waiting = fetched(picture(), media_url="s3://inbox")
    assert (waiting.state, waiting.attempts, s3.objects) == (MediaState.WAITING, 1, {})
    assert waiting.next_try_at is not None
    assert waiting.next_try_at > utc.now()


def test_what_was_unsent_while_it_was_stored_is_dropped_again(fetched: Any, app: Flask, s3: Bucket) -> None:
    def unsend() -> None:
        with app.app_context():
            db.change(sa.update(Attachment).values(state=MediaState.NONE))
            db.commit()

    s3.on_put = unsend
    assert fetched(picture(), media_url="s3://inbox").storage_key is None
    assert s3.objects == {}
