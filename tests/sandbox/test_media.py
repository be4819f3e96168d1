"""The content network: made files that are what they say, ranges, and ends."""

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.sandbox.conftest import Box, Receiver


def address(box: Box, receiver: Receiver, kind: str, **details: Any) -> str:
    box.do(kind, **details)
    return str(receiver.items[-1]["message"]["attachments"][0]["payload"]["url"])


@pytest.mark.parametrize(
    ("kind", "content_type", "form"),
    [("image", "image/jpeg", "JPEG"), ("gif", "image/gif", "GIF"), ("sticker", "image/png", "PNG")],
)
def test_pictures_are_what_they_say(box: Box, receiver: Receiver, kind: str, content_type: str, form: str) -> None:
    answer = box.session.get(address(box, receiver, kind), timeout=5)
    assert answer.headers["Content-Type"] == content_type
    assert Image.open(io.BytesIO(answer.content)).format == form


@pytest.mark.parametrize(
    ("kind", "content_type", "begins"),
    [("video", "video/mp4", b"ftypisom"), ("audio", "audio/mp4", b"ftypM4A "), ("file", "application/pdf", b"-1.4")],
)
def test_other_files_are_what_they_say(
    box: Box, receiver: Receiver, kind: str, content_type: str, begins: bytes
) -> None:
    answer = box.session.get(address(box, receiver, kind), timeout=5)
    assert answer.headers["Content-Type"] == content_type
    assert answer.content[4:].startswith(begins)


def test_a_declared_type_can_be_wrong(box: Box, receiver: Receiver) -> None:
    answer = box.session.get(address(box, receiver, "mislabelled"), timeout=5)
    assert receiver.items[-1]["message"]["attachments"][0]["type"] == "image"
    assert answer.headers["Content-Type"] == "video/mp4"


def test_films_are_served_in_ranges(box: Box, receiver: Receiver) -> None:
    answer = box.session.get(address(box, receiver, "video"), headers={"Range": "bytes=4-7"}, timeout=5)
    assert answer.status_code == 206
    assert answer.content == b"ftyp"


def test_the_signature_is_checked(box: Box, receiver: Receiver) -> None:
    url = address(box, receiver, "image")
    assert box.session.get(f"{url}x", timeout=5).status_code == 403


def test_a_story_lasts_a_day(box: Box, receiver: Receiver) -> None:
    url = address(box, receiver, "story_mention")
    assert box.session.get(url, timeout=5).ok
    box.later(hours=24.1)
    assert box.session.get(url, timeout=5).status_code == 404


def test_what_was_unsent_or_removed_is_gone(box: Box, receiver: Receiver) -> None:
    unsent = address(box, receiver, "image")
    box.do("unsend")
    removed = address(box, receiver, "story_mention")
    assert box.control("media", {"url": removed}) == {"removed": True}
    assert [box.session.get(url, timeout=5).status_code for url in (unsent, removed)] == [404, 404]


def test_media_can_be_gone_for_stories_alone(box: Box, receiver: Receiver) -> None:
    story, picture = address(box, receiver, "story_mention"), address(box, receiver, "image")
    box.faults(media_gone={"only": ["story"]})
    assert box.session.get(story, timeout=5).status_code == 404
    assert box.session.get(picture, timeout=5).ok


def test_a_file_can_redirect_to_another_host(box: Box, receiver: Receiver) -> None:
    url = address(box, receiver, "image")
    box.faults(foreign_links=True)
    answer = box.session.get(url, allow_redirects=False, timeout=5)
    assert urlsplit(answer.headers["Location"]).hostname == "elsewhere.invalid"
