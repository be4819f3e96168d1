"""What people settle about themselves: name, time zone, password, second factor, sessions."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, make_response, render_template, request, session
from flask_login import current_user

from igapp import db, utc
from igapp.desk import people, two_factor
from igapp.desk.refusal import Refused
from igapp.models import Role
from igapp.web import answers, frame, guards, qr, tries
from igapp.web.answers import AnyResponse

bp = Blueprint("me", __name__, url_prefix="/me")

TRIES_OF_ONESELF = "5 per minute; 30 per day"
"""How often one's own password or code may be tried in vain: a page that was left open is no way to guess them."""


def _who_tries() -> str:
    return f"secret of {current_user.get_id()}"


def _too_often(place: str) -> Callable[[object], Response]:
    return lambda _limit: make_response(_page(Refused("Too many tries. Wait a minute, then try again."), place), 429)


@bp.get("")
@guards.may(Role.AGENT)
def show() -> str:
    """One's own page."""
    return _page()


@bp.post("")
@guards.may(Role.AGENT)
def save() -> AnyResponse:
    """Change name and time zone."""
    try:
        people.change_profile(guards.me(), request.form.get("name", ""), request.form.get("time_zone", ""), utc.now())
    except Refused as refused:
        return _refused(refused, "profile")
    db.commit()
    flash("Saved.")
    return answers.go("/me")


@bp.post("/password")
@guards.may(Role.AGENT)
@tries.limited(TRIES_OF_ONESELF, _too_often("password"), _who_tries)
def change_password() -> AnyResponse:
    """Change the password; every other session ends."""
    user, typed = guards.me(), request.form
    if typed.get("password") != typed.get("again"):
        return _refused(Refused("The two new passwords differ."), "password")
    try:
        people.change_password(user, typed.get("current", ""), typed.get("password", ""), utc.now())
    except Refused as refused:
        return _refused(refused, "password")
    db.commit()
    guards.enter(user)
    flash("Your password is changed. You are signed out everywhere else.")
    return answers.go("/me")


@bp.post("/sign-out-everywhere")
@guards.may(Role.AGENT)
def sign_out_everywhere() -> AnyResponse:
    """End every session of one's own, this one too."""
    people.sign_out_everywhere(guards.me(), utc.now())
    db.commit()
    guards.leave()
    session.clear()
    return answers.go("/login")


@bp.post("/two-factor")
@guards.may(Role.AGENT)
def begin_two_factor() -> AnyResponse:
    """Make a secret; it takes effect once a code confirmed it."""
    two_factor.begin(guards.me())
    db.commit()
    return answers.go("/me/two-factor")


@bp.get("/two-factor")
@guards.may(Role.AGENT)
def show_two_factor() -> str | AnyResponse:
    """The secret as a QR code, and the field for the first code."""
    address = two_factor.pending_address(guards.me())
    return _setting_up(address) if address else answers.go("/me")


@bp.post("/two-factor/confirmation")
@guards.may(Role.AGENT)
def confirm_two_factor() -> AnyResponse:
    """Turn it on with a first code; the recovery codes are shown this once."""
    user = guards.me()
    address = two_factor.pending_address(user)
    if address is None:
        return answers.go("/me")
    try:
        codes = two_factor.confirm(user, request.form.get("code", ""), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_setting_up(address, str(refused)), 422)
    db.commit()
    return _show_codes(codes)


@bp.post("/two-factor/recovery-codes")
@guards.may(Role.AGENT)
@tries.limited(TRIES_OF_ONESELF, _too_often("two-factor"), _who_tries)
def renew_recovery_codes() -> AnyResponse:
    """Make new recovery codes; the old ones end."""
    try:
        codes = two_factor.renew_recovery_codes(guards.me(), request.form.get("code", ""), utc.now())
    except Refused as refused:
        return _refused(refused, "two-factor")
    db.commit()
    return _show_codes(codes)


@bp.post("/two-factor/end")
@guards.may(Role.AGENT)
@tries.limited(TRIES_OF_ONESELF, _too_often("two-factor"), _who_tries)
def end_two_factor() -> AnyResponse:
    """Ask for no more codes."""
    try:
        two_factor.turn_off(guards.me(), request.form.get("code", ""), utc.now())
    except Refused as refused:
        return _refused(refused, "two-factor")
    db.commit()
    flash("Two-factor sign-in is off.")
    return answers.go("/me")


def _page(problem: Refused | None = None, place: str = "") -> str:
    me = guards.me()
    now = {"name": me.name, "time_zone": me.time_zone}
    return render_template(
        "me/show.html",
        controls=frame.controls(me),
        banner=frame.banner(me),
        time_zones=people.time_zones(),
        has_two_factor=two_factor.is_on(me),
        codes_left=two_factor.recovery_codes_left(me),
        typed={name: request.form.get(name, value) for name, value in now.items()},
        problem=problem,
        place=place,
    )


def _refused(refused: Refused, place: str) -> AnyResponse:
    db.db.session.rollback()
    return make_response(_page(refused, place), 422)


def _setting_up(address: str, problem: str = "") -> str:
    me = guards.me()
    size, path = qr.path(address)
    return render_template(
        "me/two_factor.html", controls=frame.controls(me), banner=frame.banner(me), size=size, path=path,
        secret=two_factor.secret_of(address), problem=problem,
    )  # fmt: skip


def _show_codes(codes: list[str]) -> AnyResponse:
    me = guards.me()
    page = render_template("me/recovery_codes.html", controls=frame.controls(me), banner=frame.banner(me), codes=codes)
    return make_response(page)
