"""Who may open what: every view says it, and one that says nothing is closed.

A visitor is somebody who signed in; the session names the user and the sign-in epoch it belongs to.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from igapp.desk import users
from igapp.models import Role, User
from igapp.web import answers
from igapp.web.answers import AnyResponse

OPEN_ROUTES = frozenset(
    {
        "static",
        "assets.send",
        "auth.form",
        "callbacks.deauthorize",
        "callbacks.delete",
        "auth.sign_in",
        "entering.ask",
        "entering.by_link",
        "entering.check",
        "entering.choose_password",
        "health.alive",
        "health.ready",
        "metrics.show",
        "privacy.status",
        "uploads.fetch",
        "webhook.handshake",
    }
)
"""What nobody has to sign in for. What Meta calls is signed or has a pass; metrics have a token of their own."""

P = ParamSpec("P")
R = TypeVar("R")


class Visitor(UserMixin):  # type: ignore[misc]  # the library has no types
    """A user as the session knows them."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id}.{self.user.sign_in_epoch}"


def may(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare who may call a view: whoever has the rights of `role`."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        view.may = role  # type: ignore[attr-defined]  # read back by needed_role()
        return view

    return declare


def needed_role(endpoint: str) -> Role | None:
    """Return the role that an endpoint's view declares; None where it declares nothing."""
    return getattr(current_app.view_functions.get(endpoint), "may", None)


def me() -> User:
    """Return who is asking; only for views that are not open."""
    user: User = current_user.user
    return user


def enter(user: User) -> None:
    """Begin a session for the user."""
    login_user(Visitor(user))


def leave() -> None:
    """End the visitor's session."""
    logout_user()


def init_app(app: Flask) -> None:
    """Load visitors from their sessions and stand at the door."""
    manager = LoginManager(app)
    manager.user_loader(_visitor)
    app.before_request(_stand_guard)


def _visitor(session_id: str) -> Visitor | None:
    number, _, epoch = session_id.partition(".")
    user = users.load(int(number)) if number.isdigit() else None
    return Visitor(user) if user and user.is_active and str(user.sign_in_epoch) == epoch else None


def _stand_guard() -> AnyResponse | None:
    if request.endpoint is None or request.endpoint in OPEN_ROUTES:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    role = needed_role(request.endpoint)
    if role is None or not me().may_act_as(role):
        abort(403)
    return None


def _to_sign_in() -> AnyResponse:
    """Lead to the sign-in, and from there to what was asked for, or to the page that asked."""
    if request.path in ("/live", "/live/poll"):
        abort(401)
    is_page = request.method == "GET" and not answers.is_fragment()
    came_for = request.full_path.rstrip("?") if is_page else answers.came_from()
    sign_in = url_for("auth.form", next=came_for if came_for != "/" else None)
    return answers.go(sign_in) if answers.is_fragment() else redirect(sign_in, code=303)
