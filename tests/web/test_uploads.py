"""Pictures in the composer: limits, their own sends in order, and the address at which Meta fetches them."""

import io
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from PIL import Image

from igapp import db, passes, storage, utc
from igapp.desk import pictures, uploads
from igapp.desk.pictures import Picture
from igapp.desk.refusal import Refused
from igapp.models import Attachment, Identity, Item, ItemKind, Send, SendKind, StoredFile, Upload, User
from tests.factories import make_account, make_agent, make_identity, make_user, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(now: datetime) -> Identity:
    identity = make_identity(make_account(), "Ana")
    write(identity, now=now)
    return identity


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(out, "PNG")
    return out.getvalue()


def attach(door: Door, ana: Identity, *contents: bytes, name: str = "couch.png") -> str:
    files = [(io.BytesIO(content), name) for content in contents]
    path = f"/customers/{ana.customer_id}/uploads"
    return door.post(path, htmx=True, writing=f"dm:{ana.id}", files=files).text


def send(door: Door, ana: Identity, **form: str) -> int:
    path = f"/customers/{ana.customer_id}/replies"
    return door.post(path, htmx=True, lane=f"dm:{ana.id}", **form).status_code


def test_attached_pictures_are_shown_and_can_be_taken_off(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    assert 'aria-label="Remove couch.png"' in attach(door, ana, png())
    upload = db.session().scalars(sa.select(Upload)).one()
    assert door.get(f"/uploads/{upload.id}").content_type == "image/png"
    assert enter(make_user("Cy")).get(f"/uploads/{upload.id}").status_code == 404
    assert "couch.png" in door.get(f"/customers/{ana.customer_id}").text
    assert "couch.png" not in door.post(f"/uploads/{upload.id}/removal", htmx=True).text
    assert db.session().scalars(sa.select(StoredFile)).all() == []


def test_g_d4_text_and_each_picture_are_sends_of_their_own_in_order(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    attach(door, ana, png("teal"), png("red"))
    assert send(door, ana, key="k1", text="Look") == 200
    rows = db.session().execute(sa.select(Send.kind, Send.key).order_by(Send.id)).all()
    assert [row.kind for row in rows] == [SendKind.MESSAGE, SendKind.IMAGE, SendKind.IMAGE]
    assert [row.key for row in rows] == [rows[0].key, f"{rows[0].key}:0", f"{rows[0].key}:1"]
    items = db.session().scalars(sa.select(Item).where(Item.kind == ItemKind.REPLY).order_by(Item.at, Item.id)).all()
    assert [item.text for item in items] == ["Look", None, None]
    assert [one.title for item in items for one in item.attachments] == ["couch.png", "couch.png"]
    assert db.session().scalars(sa.select(Upload)).all() == []
    assert send(door, ana, key="k1", text="Look") == 200
    assert len(db.session().scalars(sa.select(Send)).all()) == 3


def test_pictures_go_without_a_word(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    attach(door, ana, png())
    assert send(door, ana, key="k1", text=" ") == 200
    assert db.session().scalars(sa.select(Send.kind)).all() == [SendKind.IMAGE]


def test_without_scripts_the_form_itself_carries_the_pictures(enter: Enter, bo: User, ana: Identity) -> None:
    path = f"/customers/{ana.customer_id}/replies"
    assert enter(bo).post(path, key="k1", text="Look", files=[(io.BytesIO(png()), "a.png")]).status_code == 303
    assert db.session().scalars(sa.select(Send.kind).order_by(Send.id)).all() == [SendKind.MESSAGE, SendKind.IMAGE]


def test_more_than_ten_pictures_are_refused(enter: Enter, bo: User, ana: Identity) -> None:
    door = enter(bo)
    attach(door, ana, *[png()] * 9)
    assert "At most 10 pictures" in attach(door, ana, png(), png())
    assert len(db.session().scalars(sa.select(Upload)).all()) == 9


def test_more_than_five_megabytes_together_are_refused(bo: User, ana: Identity, now: datetime) -> None:
    half = Picture(b"x", "image/png", 10, 10, uploads.TOTAL_BYTES // 2)
    uploads.add(ana.customer, bo, "dm:1", [("a.png", half), ("b.png", half)], now)
    with pytest.raises(Refused, match="Together the pictures may have 5 MB"):
        uploads.add(ana.customer, bo, "dm:1", [("c.png", Picture(b"x", "image/png", 10, 10, 1))], now)


def test_it_is_the_files_as_they_were_given_that_may_have_five_megabytes(
    bo: User, ana: Identity, now: datetime
) -> None:
    whole = pictures.judged("a.png", png() + b"x" * (uploads.TOTAL_BYTES - len(png())))
    assert len(uploads.add(ana.customer, bo, "dm:1", [("a.png", whole)], now)) == 1
    with pytest.raises(Refused, match="Together the pictures may have 5 MB"):
        uploads.add(ana.customer, bo, "dm:1", [("b.png", pictures.judged("b.png", png()))], now)


def test_a_video_is_refused_with_the_reason(enter: Enter, bo: User, ana: Identity) -> None:
    film = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 100
    text = attach(enter(bo), ana, film, name="<b>holiday</b>.jpg")
    assert "“&lt;b&gt;holiday&lt;/b&gt;.jpg” is a video" in text


def test_meta_fetches_a_sent_picture_by_a_pass_that_ends(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    door = enter(bo)
    attach(door, ana, png())
    send(door, ana, key="k1", text="")
    sent = db.session().scalars(sa.select(Attachment)).one()
    assert sent.storage_key is not None
    url = passes.picture_url(sent.storage_key, sent.content_type, now + utc.hours(1))
    assert url.isascii()
    answer = enter(None).get(urlsplit(url).path)
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.data == storage.store().get(sent.storage_key)
    for bad in (url.replace("/media/", "/media/9"), passes.picture_url(sent.storage_key, "image/png", now)):
        assert enter(None).get(urlsplit(bad).path).status_code == 404
