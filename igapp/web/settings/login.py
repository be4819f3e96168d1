"""Connecting an account by Instagram Business Login: there with a state, back with a code (SPEC 1.1)."""

import secrets
from datetime import datetime
from typing import Protocol

import structlog
from flask import Blueprint, current_app, flash, redirect, request, session

from igapp import db, utc
from igapp.desk.refusal import Refused
from igapp.models import Account, Role, User
from igapp.web import answers, guards
from igapp.web.answers import AnyResponse

log = structlog.get_logger(__name__)

bp = Blueprint("login", __name__, url_prefix="/instagram")

STATE_MINUTES = 30
"""How long somebody may take on Instagram's page."""
BACK = "/settings/accounts"
FORGED = "That did not begin here, or took too long. Press “Connect with Instagram” again."

TOLD_NOT_TO = "Instagram was told not to connect the account. Nothing has changed."
TROUBLED = "Instagram reported a problem and connected nothing. Try again in a moment."


class Login(Protocol):
    """What Meta's door offers here."""

    def address(self, state: str) -> str:
        """Return Instagram's authorise page."""

    def connect_by_code(self, code: str, user: User | None, now: datetime) -> Account:
        """Exchange the code and connect the account; Refused in words."""


@bp.get("/connect")
@guards.may(Role.ADMIN)
def connect() -> AnyResponse:
    """To Instagram's authorise page, with a state that only this session knows."""
    state = secrets.token_urlsafe(24)
    session["login_state"] = {"state": state, "at": utc.now().isoformat()}
    return redirect(_login().address(state), code=303)


@bp.get("/callback")
@guards.may(Role.ADMIN)
def callback() -> AnyResponse:
    """Back from Instagram: with a code, or with a refusal."""
    now = utc.now()
    if not _is_ours(request.args.get("state", ""), now):
        log.warning("login_state_unknown")
        return _back(FORGED)
    if "error" in request.args or "code" not in request.args:
        return _back(TOLD_NOT_TO if request.args.get("error") == "access_denied" else TROUBLED)
    db.start_writing()
    try:
        account = _login().connect_by_code(request.args["code"], guards.me(), now)
    except Refused as refused:
        db.db.session.rollback()
        return _back(str(refused))
    account_id, username = account.id, account.username
    db.commit()
    flash(f"@{username} is connected.")
    return answers.go(f"{BACK}/{account_id}")


def _is_ours(state: str, now: datetime) -> bool:
    """Whether the state is the one that this session left with; it counts once."""
    left_with = session.pop("login_state", None)
    if left_with is None or now - datetime.fromisoformat(left_with["at"]) > utc.minutes(STATE_MINUTES):
        return False
    return secrets.compare_digest(left_with["state"].encode(), state.encode())


def _back(sentence: str) -> AnyResponse:
    flash(sentence, answers.REFUSED)
    return answers.go(BACK)


def _login() -> Login:
    found: Login = current_app.extensions["connector"]
    return found
