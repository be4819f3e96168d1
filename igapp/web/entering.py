"""Coming in: after the password, the second factor where one is on; by a link, a new password first."""

from datetime import datetime, timedelta

import structlog
from flask import Blueprint, Response, make_response, render_template, request, session

from igapp import db, utc
from igapp.desk import availability, entry_links, people, two_factor, users
from igapp.desk.refusal import Refused
from igapp.models import User
from igapp.web import answers, guards, tries
from igapp.web.answers import AnyResponse

log = structlog.get_logger(__name__)

bp = Blueprint("entering", __name__)

HALF_WAY_MINUTES = 10
"""How long the password counts until the code is typed."""
TRIES_OF_CODE = "5 per minute; 30 per day"
"""How often a wrong code may be tried for one user."""


def let_in(user: User, path: str, now: datetime) -> AnyResponse:
    """Go on with somebody whose password was right: to the code where one is asked for, else in."""
    if not two_factor.is_on(user):
        return _in(user, path, now)
    half = {"user": user.id, "epoch": user.sign_in_epoch, "at": now.isoformat(), "path": path}
    db.commit()  # a password chosen by a link counts, whatever becomes of the code
    session.clear()
    session["half_way"] = half
    return answers.go("/login/code")


@bp.get("/login/code")
def ask() -> str | AnyResponse:
    """The second step of signing in."""
    return _code_page() if _half_way(utc.now()) else answers.go("/login")


def _who_tries() -> str:
    return f"code {session.get('half_way', {}).get('user')}"


def _too_often(_limit: object) -> Response:
    log.warning("code_throttled")
    return make_response(_code_page("Too many tries. Wait a minute, then try again."), 429)


@bp.post("/login/code")
@tries.limited(TRIES_OF_CODE, _too_often, _who_tries)
def check() -> AnyResponse:
    """Take the code, or a recovery code."""
    now = utc.now()
    user = _half_way(now)
    if user is None:
        return answers.go("/login")
    if not two_factor.accepts(user, request.form.get("code", ""), now):
        log.info("code_refused", user=user.id)
        return make_response(_code_page(two_factor.WRONG), tries.WRONG)
    return _in(user, answers.safe_path(session["half_way"]["path"]), now)


@bp.get("/enter/<token>")
def by_link(token: str) -> AnyResponse:
    """The page on which an invited person chooses a password; looking at it uses nothing up."""
    return _link_page(token)


@bp.post("/enter/<token>")
def choose_password(token: str) -> AnyResponse:
    """Set the password and go on as if it had been typed."""
    now = utc.now()
    if request.form.get("password") != request.form.get("again"):
        return _link_page(token, "The two passwords differ.")
    try:
        user = people.enter_by_link(token, request.form.get("password", ""), now)
    except Refused as refused:
        db.db.session.rollback()
        return _link_page(token, str(refused))
    log.info("password_chosen", user=user.id)
    return let_in(user, "/", now)


def _in(user: User, path: str, now: datetime) -> AnyResponse:
    availability.signed_in(user, now)
    db.commit()
    session.clear()
    guards.enter(user)
    session.permanent = True
    log.info("signed_in", user=user.id)
    return answers.go(path)


def _half_way(now: datetime) -> User | None:
    """Whoever typed the right password a moment ago, if nothing about them changed since."""
    half = session.get("half_way")
    if half is None or now - datetime.fromisoformat(half["at"]) > timedelta(minutes=HALF_WAY_MINUTES):
        return None
    user = users.load(half["user"])
    return user if user and user.is_active and user.sign_in_epoch == half["epoch"] else None


def _code_page(problem: str = "") -> str:
    return render_template("auth/code.html", problem=problem)


def _link_page(token: str, problem: str = "") -> AnyResponse:
    link = entry_links.find(token, utc.now())
    if link is None:
        return make_response(render_template("auth/link_gone.html", sentence=entry_links.GONE), 410)
    page = render_template("auth/choose_password.html", user=link.user, purpose=link.purpose, problem=problem)
    return make_response(page, 422 if problem else 200)
