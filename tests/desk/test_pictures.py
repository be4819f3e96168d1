"""Pictures are judged by what they hold, and written anew."""

import io

import pytest
from PIL import Image

from igapp.desk import pictures
from igapp.desk.refusal import Refused

SECRET = b"%PDF-1.4 <script>alert(1)</script> GPS 52.5"


def picture(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif")])
def test_a_picture_is_known_by_its_content(kind: str, content_type: str) -> None:
    judged = pictures.judged("letter.pdf", picture(kind))
    assert (judged.content_type, judged.width, judged.height) == (content_type, 40, 30)
    assert Image.open(io.BytesIO(judged.content)).format == kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_g_x_what_is_two_formats_at_once_is_only_a_picture_afterwards(kind: str) -> None:
    assert SECRET not in pictures.judged("x", picture(kind) + SECRET).content


def test_g_x_what_hides_in_a_comment_is_left_behind() -> None:
    assert SECRET not in pictures.judged("x", picture("JPEG", comment=SECRET)).content
    assert SECRET not in pictures.judged("x", picture("GIF", comment=SECRET)).content


def test_where_a_picture_was_taken_is_left_behind_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    judged = pictures.judged("x", picture("JPEG", exif=exif))
    assert b"taken at home" not in judged.content
    assert Image.open(io.BytesIO(judged.content)).size == (30, 40)
    assert (judged.width, judged.height) == (30, 40)


def test_a_moving_gif_goes_on_moving() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "teal", "gold")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    again = Image.open(io.BytesIO(pictures.judged("x", out.getvalue()).content))
    assert getattr(again, "n_frames", 1) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 40, "is a video"),
        (b"%PDF-1.4", "is no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture"),
        (picture("WEBP"), "another kind of picture"),
        (picture("BMP"), "is no picture"),
        (picture("PNG")[:60], "is no picture"),
        (b"", "is no picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        pictures.judged("holiday.jpg", content)


def test_a_picture_that_breaks_its_reader_is_refused_with_the_reason() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "teal")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    first, second, rest = out.getvalue().split(b"!\xf9\x04")
    with pytest.raises(Refused, match="is no picture"):
        pictures.judged("x", first + b"!\xf9\x04" + second + b"!\xf9\x02" + rest)


def test_a_small_file_with_a_huge_picture_is_refused() -> None:
    with pytest.raises(Refused, match="too many pixels"):
        pictures.judged("x", picture("PNG", (9000, 9000)))
