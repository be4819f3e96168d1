"""What is kept of messages is shown to signed-in agents alone, and as what a browser may show (SPEC 2.6)."""

from collections.abc import Callable

import pytest

from igapp import db, storage, utc
from igapp.models import Attachment, AttachmentKind, MediaState, User
from tests.factories import make_account, make_identity, make_user, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def bo(db_session: object) -> User:
    return make_user("Bo")


def kept(content_type: str = "image/png", state: MediaState = MediaState.READY) -> str:
    """The address of what a customer sent."""
    key = storage.new_key()
    storage.store().put(key, b"couch", content_type, utc.now())
    attachment = Attachment(
        item=write(make_identity(make_account())), kind=AttachmentKind.IMAGE, raw_kind="image", state=state,
        storage_key=key, content_type=content_type,
    )  # fmt: skip
    db.session().add(attachment)
    db.session().flush()
    return f"/attachments/{attachment.id}"


def test_an_agent_sees_what_is_kept(enter: Enter, bo: User) -> None:
    path, door = kept(), enter(bo)
    for address in (path, f"{path}/preview"):
        answer = door.get(address)
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b"couch", "image/png")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_nobody_else_does(enter: Enter, bo: User) -> None:
    path = kept()
    for address in (path, f"{path}/preview"):
        answer = enter().get(address)
        assert (answer.status_code, b"couch" in answer.data) == (303, False)


@pytest.mark.parametrize("state", [MediaState.WAITING, MediaState.EXPIRED, MediaState.FAILED, MediaState.NONE])
def test_what_is_not_ready_is_not_there(enter: Enter, bo: User, state: MediaState) -> None:
    path, door = kept(state=state), enter(bo)
    assert [door.get(address).status_code for address in (path, f"{path}/preview")] == [404, 404]


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf"])
def test_what_a_browser_might_run_is_a_file_to_save(enter: Enter, bo: User, content_type: str) -> None:
    answer = enter(bo).get(kept(content_type))
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
