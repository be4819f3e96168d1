"""What a file is by its content: names and declared types lie (META 11.14)."""

import io
import logging
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from igapp.models import AttachmentKind

log = logging.getLogger(__name__)

PREVIEW_SIZE = 640
"""Pixels of a preview's longer side."""
MOST_PIXELS = 50_000_000
"""A picture that unpacks to more is not opened."""
UNKNOWN_TYPE = "application/octet-stream"

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_KINDS = {"image": AttachmentKind.IMAGE, "video": AttachmentKind.VIDEO, "audio": AttachmentKind.AUDIO}


@dataclass(frozen=True)
class Picture:
    """A picture's size in pixels, and a smaller copy where it is large."""

    width: int
    height: int
    preview: bytes | None


def content_type(content: bytes, declared: AttachmentKind) -> str:
    """Return the type of a file's content; MP4 is sound where a voice message was declared."""
    for start, found in _STARTS:
        if content.startswith(start):
            return found
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], UNKNOWN_TYPE)
    if content[4:8] == b"ftyp":
        is_sound = declared == AttachmentKind.AUDIO or content[8:11] == b"M4A"
        return "audio/mp4" if is_sound else "video/quicktime" if content[8:10] == b"qt" else "video/mp4"
    return UNKNOWN_TYPE


def looks_like_a_page(content: bytes) -> bool:
    """Tell whether this is a web page, which is what is served for a file that is gone."""
    return content[:512].lstrip().lower().startswith((b"<!doctype", b"<html", b"<head", b"<script"))


def kind_of(found: str, declared: AttachmentKind) -> AttachmentKind:
    """Return as what a file is shown; a sticker stays one as long as it is a picture."""
    kind = _KINDS.get(found.partition("/")[0], AttachmentKind.FILE)
    return declared if kind == AttachmentKind.IMAGE and declared == AttachmentKind.STICKER else kind


def picture(content: bytes) -> Picture | None:
    """Open a picture; None where it is none, broken, or would unpack to more than we take.

    A broken file makes Pillow raise whatever its reader stumbles over, down to TypeError and struct.error.
    """
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as image:
            warnings.simplefilter("error")
            if image.width * image.height > MOST_PIXELS:
                return None
            width, height = image.size
            return Picture(width, height, _preview(image))
    except Exception as error:  # noqa: BLE001 - of a kind that nobody foresees
        log.info("picture_not_read error=%s", type(error).__name__)
        return None


def _preview(image: Image.Image) -> bytes | None:
    if max(image.size) <= PREVIEW_SIZE or getattr(image, "is_animated", False):
        return None
    image.thumbnail((PREVIEW_SIZE, PREVIEW_SIZE))  # first: turning makes a second copy of what may be 150 MB
    written = io.BytesIO()
    ImageOps.exif_transpose(image).convert("RGB").save(written, "JPEG", quality=80)
    return written.getvalue()
