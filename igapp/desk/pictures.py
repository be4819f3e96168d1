"""Pictures that agents attach: judged by their content, not by their name, and written anew (SPEC 6.3, GUARANTEES X).

Writing anew leaves behind whatever else the file was: another format, scripts, the place where it was taken.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, ImageSequence

from igapp.desk.refusal import Refused

TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif"}
"""What may be sent, by the name that Pillow gives it; a phone's MPO is a JPEG with more behind it."""
MOST_PIXELS = 50_000_000
"""Of all frames together: a small file can hold a picture that fills the memory."""
MOST_FRAMES = 500
"""Frames of an animated picture."""
QUALITY = 92
"""Of a JPEG that has to be turned."""
ORIENTATION = 0x0112
"""The EXIF tag that says which way is up."""
UPRIGHT = 1
"""The value of that tag for a picture that stands right."""
VIDEO_MARKS = (b"ftyp", b"\x1aE\xdf\xa3", b"RIFF", b"OggS", b"\x00\x00\x01\xba")


@dataclass(frozen=True)
class Picture:
    """A picture that may be sent."""

    content: bytes
    content_type: str
    width: int
    height: int
    given_size: int
    """Bytes of the file that it was: written anew it may be larger, which is not the agent's doing."""


def judged(name: str, content: bytes) -> Picture:
    """Return the picture that a file holds, written anew; Refused with the reason where it holds none."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF")) as image:
            _refuse_huge(name, image)
            written = _written(image)
            content_type = TYPES[str(image.format)]
        with Image.open(io.BytesIO(written)) as result:
            return Picture(written, content_type, *result.size, given_size=len(content))
    except Refused:
        raise
    except Exception as error:  # whatever Pillow stumbles over in a broken file, down to TypeError and struct.error
        raise Refused(_reason(name, content)) from error


def _refuse_huge(name: str, image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1) if image.format == "GIF" else 1
    if frames > MOST_FRAMES or image.width * image.height * frames > MOST_PIXELS:
        raise Refused(f"“{name}” has too many pixels to be sent. Make it smaller first.")


def _written(image: Image.Image) -> bytes:
    out = io.BytesIO()
    if image.format == "GIF":
        _write_frames(image, out)
    elif image.format == "PNG":
        image.load()
        image.info = {name: value for name, value in image.info.items() if name == "transparency"}
        image.save(out, "PNG")
    else:
        _write_jpeg(image, out)
    return out.getvalue()


def _write_frames(image: Image.Image, out: io.BytesIO) -> None:
    frames = [frame.copy() for frame in ImageSequence.Iterator(image)]
    times = [frame.info.get("duration", 100) for frame in frames]
    for frame in frames:
        frame.info.pop("comment", None)
    loop = {"loop": image.info["loop"]} if "loop" in image.info else {}
    more = {"append_images": frames[1:], "duration": times, **loop} if len(frames) > 1 else {}
    frames[0].save(out, "GIF", save_all=len(frames) > 1, **more)


def _write_jpeg(image: Image.Image, out: io.BytesIO) -> None:
    """As it was, bit for bit of its pixels, unless it has to be turned upright."""
    if image.getexif().get(ORIENTATION, UPRIGHT) != UPRIGHT:
        ImageOps.exif_transpose(image).convert("RGB").save(out, "JPEG", quality=QUALITY, exif=b"", comment=b"")
        return
    image.load()
    image.info = {}
    quality = "keep" if image.format == "JPEG" else QUALITY
    image.save(out, "JPEG", quality=quality, exif=b"")


def _reason(name: str, content: bytes) -> str:
    if any(mark in content[:64] for mark in VIDEO_MARKS):
        return f"“{name}” is a video, a sound or another kind of picture. JPEG, PNG and GIF pictures can be sent."
    return f"“{name}” is no picture that can be sent. JPEG, PNG and GIF can."
