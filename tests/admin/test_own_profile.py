"""One's own picture, sounds and notifications."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from igapp import db
from igapp.models import AuditEntry, StoredFile, User
from tests.factories import make_user
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def bo(db_session: object) -> User:
    return make_user("Bo")


def picture(format_: str = "PNG", size: tuple[int, int] = (400, 300)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format_)
    return out.getvalue()


def upload(door: Door, content: bytes, name: str = "me.png") -> str:
    """Sends a file as one's picture; returns what the page then says."""
    door.post("/me/picture", files=[(io.BytesIO(content), name)])
    return door.get("/me").text


def address(page: str) -> str:
    found = re.search(r'src="(/users/\d+/picture\?[\w-]+)"', page)
    assert found
    return found[1]


def kept() -> int:
    return db.session().scalar(sa.select(sa.func.count()).select_from(StoredFile)) or 0


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF"])
def test_a_picture_is_cut_to_a_square_and_shown_to_colleagues(enter: Enter, bo: User, format_: str) -> None:
    page = upload(enter(bo), picture(format_), "passport.txt")
    answer = enter(make_user("Cy")).get(address(page))
    assert answer.content_type == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    with Image.open(io.BytesIO(answer.data)) as image:
        assert (image.format, image.size) == ("JPEG", (192, 192))


def test_a_picture_is_for_those_who_are_signed_in(enter: Enter, bo: User) -> None:
    where = address(upload(enter(bo), picture()))
    assert enter().get(where).status_code == 303


def test_what_else_a_picture_is_does_not_survive(enter: Enter, bo: User) -> None:
    page = upload(enter(bo), picture("JPEG") + b"PK\x03\x04<script>alert(1)</script>")
    shown = enter(bo).get(address(page)).data
    assert b"PK\x03\x04" not in shown
    assert b"<script>" not in shown


@pytest.mark.parametrize("content", [b"<svg onload='alert(1)'/>", b"", b"GIF89a", b"\x00\x00\x00\x18ftypmp42"])
def test_what_is_no_picture_is_refused_in_words(enter: Enter, bo: User, content: bytes) -> None:
    page = upload(enter(bo), content)
    assert "no picture that can be sent" in page or "is a video" in page
    assert kept() == 0


def test_sending_no_file_says_what_is_missing(enter: Enter, bo: User) -> None:
    door = enter(bo)
    door.post("/me/picture")
    assert "Choose a picture first." in door.get("/me").text


def test_another_picture_has_another_address_and_the_old_one_goes(enter: Enter, bo: User) -> None:
    door = enter(bo)
    first = address(upload(door, picture()))
    second = address(upload(door, picture("JPEG")))
    assert first != second
    assert kept() == 1


def test_a_removed_picture_is_gone(enter: Enter, bo: User) -> None:
    door = enter(bo)
    where = address(upload(door, picture()))
    door.post("/me/picture/removal")
    assert door.get(where).status_code == 404
    assert "/users/" not in door.get("/me").text
    assert kept() == 0


def test_changing_a_picture_is_in_the_audit_log(enter: Enter, bo: User) -> None:
    door = enter(bo)
    upload(door, picture())
    door.post("/me/picture/removal")
    done = db.session().scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert done == ["user.picture_changed", "user.picture_removed"]


@pytest.mark.parametrize(
    ("ticked", "alerts"), [({}, ""), ({"has_sounds": "1"}, "sounds"), ({"has_notifications": "1"}, "notifications")]
)
def test_what_calls_is_ones_own_choice(enter: Enter, bo: User, ticked: dict[str, Any], alerts: str) -> None:
    door = enter(bo)
    door.post("/me/alerts", **ticked)
    found = re.search(r'data-alerts="([^"]*)"', door.get("/").text)
    assert found
    assert found[1].strip() == alerts


def test_sounds_are_on_and_notifications_off_at_first(enter: Enter, bo: User) -> None:
    assert 'data-alerts="sounds "' in enter(bo).get("/").text


def test_a_refused_name_is_shown_as_it_was_typed_beside_the_zone_that_was_chosen(enter: Enter, bo: User) -> None:
    answer = enter(bo).post("/me", name="N" * 81, time_zone="Europe/Lisbon")
    assert answer.status_code == 422
    assert f'aria-invalid="true" autofocus value="{"N" * 81}"' in answer.text
    assert "<option selected>Europe/Lisbon</option>" in answer.text


def test_a_refused_password_is_gone_to(enter: Enter, bo: User) -> None:
    answer = enter(bo).post("/me/password", current="wrong", password="a new one", again="another new one")
    assert 'role="alert" tabindex="-1" autofocus>The two new passwords differ.' in answer.text
