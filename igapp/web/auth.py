"""Signing in and out, with email and password."""

import structlog
from flask import Blueprint, Response, make_response, render_template, request, session
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address
from flask_login import current_user

from igapp import db, utc
from igapp.desk import availability, users
from igapp.models import Role
from igapp.web import answers, entering, guards
from igapp.web.answers import AnyResponse
from igapp.web.tries import WRONG, limited

log = structlog.get_logger(__name__)

bp = Blueprint("auth", __name__)

TRIES_OF_ACCOUNT = "5 per minute; 50 per day"
TRIES_OF_ADDRESS = "200 per minute"
"""How often a wrong password may be tried: for one email from one address, and from one address in all, behind which a
whole office may sign in at the same moment."""


@bp.get("/login")
def form() -> str | AnyResponse:
    """The sign-in page."""
    if current_user.is_authenticated:
        return answers.go(answers.safe_path(request.args.get("next")))
    return _page()


def _who_tries() -> str:
    return f"{get_remote_address()} {request.form.get('email', '').strip().lower()}"


def _too_often(_limit: RequestLimit) -> Response:
    log.warning("sign_in_throttled")
    return make_response(_page("Too many tries. Wait a minute, then try again."), 429)


@bp.post("/login")
@limited(TRIES_OF_ADDRESS, _too_often)
@limited(TRIES_OF_ACCOUNT, _too_often, _who_tries)
def sign_in() -> AnyResponse:
    """Begin a session; a wrong try says no more than that it was wrong."""
    now = utc.now()
    user = users.authenticate(request.form.get("email", ""), request.form.get("password", ""), now)
    if user is None:
        log.info("sign_in_refused")
        return make_response(_page("That email and password do not match."), WRONG)
    return entering.let_in(user, answers.safe_path(request.form.get("next")), now)


@bp.post("/logout")
@guards.may(Role.AGENT)
def sign_out() -> AnyResponse:
    """End the session, and with it the agent's availability."""
    availability.signed_out(guards.me(), utc.now())
    db.commit()
    guards.leave()
    session.clear()
    return answers.go("/login")


def _page(problem: str = "") -> str:
    return render_template(
        "auth/sign_in.html",
        problem=problem,
        email=request.form.get("email", ""),
        next=answers.safe_path(request.values.get("next"), ""),
    )
