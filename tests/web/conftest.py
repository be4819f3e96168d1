"""People at the door: browsers without JavaScript, each signed in as someone."""

import contextvars
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from igapp import db
from igapp.models import User

HTMX = {"HX-Request": "true"}


class Door:
    """What one person sees and sends. What the test arranged is committed first; what it reads afterwards is fresh."""

    def __init__(self, client: FlaskClient, user: User | None = None) -> None:
        self.client = client
        if user is not None:
            self._enter(user.id, user.sign_in_epoch)

    def get(self, path: str, htmx: bool = False, headers: dict[str, str] | None = None) -> TestResponse:
        """Open a page, or ask for a fragment."""
        return self._call(self.client.get, path, headers=HTMX if htmx else headers or {})

    def post(self, path: str, htmx: bool = False, token: str | None = None, **form: Any) -> TestResponse:
        """Send a form with the token of a page."""
        form["csrf_token"] = self.token() if token is None else token
        return self._call(self.client.post, path, data=form, headers=HTMX if htmx else {})

    def open(self, path: str, method: str) -> TestResponse:
        """Ask with any method, and without a form."""
        return self._call(self.client.open, path, method=method)

    def token(self) -> str:
        """The token that a page's forms carry."""
        for page in ("/help", "/login"):
            if found := re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text):
                return found[1]
        raise AssertionError("no page has a form")

    def _enter(self, user_id: int, epoch: int) -> None:
        def remember() -> None:
            with self.client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = f"{user_id}.{epoch}", True

        contextvars.Context().run(remember)

    @staticmethod
    def _call(act: Callable[..., TestResponse], path: str, **options: Any) -> TestResponse:
        """Out of the test's own context, as every request is, and read to the end there."""
        db.commit()
        return contextvars.Context().run(act, path, buffered=True, **options)


@pytest.fixture
def enter(app: Flask, db_session: Any) -> Callable[[User | None], Door]:
    """Enters as someone: enter(bo).get("/"); what was arranged is committed first."""

    def enter_as(user: User | None = None) -> Door:
        db.commit()
        return Door(app.test_client(), user)

    return enter_as
