"""Users: inviting, roles, inboxes, links to a new password, deactivating (SPEC 12.2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, make_response, request, session

from igapp import db, utc
from igapp.config import Config
from igapp.desk import account_settings, entry_links, people, two_factor, users
from igapp.desk.refusal import Refused
from igapp.models import EntryLink, Inbox, Role, User
from igapp.web import answers, guards
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown, sure

bp = Blueprint("users", __name__, url_prefix="/settings/users")

ROLES = (
    (Role.AGENT, "Agent", "answers customers"),
    (Role.MANAGER, "Team manager", "also sees all inboxes, assigns, writes answers, reads reports"),
    (Role.ADMIN, "Administrator", "also changes settings, users and accounts, and sees the ledger and the audit log"),
)
"""Each role, its name, and what it may do."""
BACK = "/settings/users"


@dataclass(frozen=True)
class Row:
    """One person of the list."""

    user: User
    inboxes: list[Inbox]
    link: EntryLink | None
    has_two_factor: bool

    @property
    def state(self) -> str:
        """In words."""
        if not self.user.is_active:
            return "Deactivated"
        if self.user.password_hash is None:
            return "Invited" if self.link else "Invitation ran out"
        return "Active"


@bp.get("")
@guards.may(Role.ADMIN)
def show_all() -> str:
    """Everybody, and the form to invite somebody."""
    return _list({"role": Role.AGENT, "inboxes": [inbox.id for inbox in account_settings.inboxes()]})


@bp.post("")
@guards.may(Role.ADMIN)
def invite() -> AnyResponse:
    """Make a user and the link by which they choose a password."""
    now, typed = utc.now(), _typed()
    try:
        user, token = people.invite(
            request.form.get("email", ""), typed["name"], typed["role"], typed["inboxes"], guards.me(), now
        )
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_list(typed | {"email": request.form.get("email", "")}, refused), 422)
    _show_once(user, token, now)
    db.commit()
    return answers.go(BACK)


@bp.get("/<int:user_id>")
@guards.may(Role.ADMIN)
def show(user_id: int) -> str:
    """One person."""
    user = _user(user_id)
    mine = [inbox.id for inbox in people.inboxes_of([user.id]).get(user.id, [])]
    return _page(user, {"name": user.name, "role": user.role, "inboxes": mine, "shown": mine})


@bp.post("/<int:user_id>")
@guards.may(Role.ADMIN)
def save(user_id: int) -> AnyResponse:
    """Change name, role and inboxes."""
    user, typed = _user(user_id), _typed()
    changed = {"name": user.name, "role": user.role} | shown.changed({name: typed[name] for name in ("name", "role")})
    try:
        people.change(user, changed["name"], changed["role"], typed["inboxes"], guards.me(), utc.now(), typed["shown"])
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(_user(user_id), typed, refused), 422)
    db.commit()
    flash("Saved.")
    return answers.go(BACK)


@bp.post("/<int:user_id>/link")
@guards.may(Role.ADMIN)
def make_link(user_id: int) -> AnyResponse:
    """Make a link to a new password; the former one ends."""
    user, now = _user(user_id), utc.now()
    token = people.make_link(user, guards.me(), now)
    _show_once(user, token, now)
    db.commit()
    return answers.go(BACK)


@bp.post("/<int:user_id>/deactivation")
@guards.may(Role.ADMIN)
def deactivate(user_id: int) -> AnyResponse:
    """Let somebody in no more; their work goes back at once."""
    user = _user(user_id)
    words = f"{user.name} is signed out everywhere and their customers go back to the queue."
    asking = sure.asked(f"Deactivate {user.name}?", words, "Deactivate", BACK)
    if asking:
        return asking
    people.deactivate(user, guards.me(), utc.now())
    name = user.name
    db.commit()
    flash(f"{name} is deactivated.")
    return answers.go(BACK)


@bp.post("/<int:user_id>/reactivation")
@guards.may(Role.ADMIN)
def reactivate(user_id: int) -> AnyResponse:
    """Let somebody in again."""
    user = _user(user_id)
    people.reactivate(user, guards.me(), utc.now())
    name = user.name
    db.commit()
    flash(f"{name} may sign in again.")
    return answers.go(BACK)


@bp.post("/<int:user_id>/two-factor-reset")
@guards.may(Role.ADMIN)
def reset_two_factor(user_id: int) -> AnyResponse:
    """Turn the second factor off for somebody who lost it."""
    user = _user(user_id)
    words = "They sign in with their password alone until they turn it on again."
    asking = sure.asked(f"Reset two-factor sign-in of {user.name}?", words, "Reset", f"{BACK}/{user.id}")
    if asking:
        return asking
    two_factor.reset(user, guards.me(), utc.now())
    db.commit()
    flash("Two-factor sign-in is off for them.")
    return answers.go(f"{BACK}/{user_id}")


def _user(user_id: int) -> User:
    return users.load(user_id) or abort(404)


def _typed() -> dict[str, Any]:
    role = request.form.get("role", "")
    if role not in list(Role):
        abort(400)
    return {
        "name": request.form.get("name", ""),
        "role": Role(role),
        "inboxes": request.form.getlist("inboxes", type=int),
        "shown": request.form.getlist("shown", type=int) if "shown" in request.form else None,
    }


def _show_once(user: User, token: str, now: datetime) -> None:
    """The next page shows the link; nobody can read it again."""
    ends_at = now + utc.hours(entry_links.LINK_HOURS)
    session["made_link"] = {"name": user.name, "token": token, "ends_at": ends_at.isoformat()}


def _made_link() -> dict[str, Any] | None:
    made = session.pop("made_link", None)
    if made is None:
        return None
    config: Config = current_app.extensions["config"]
    address = f"{config.public_url}/enter/{made['token']}"
    return {"name": made["name"], "address": address, "ends_at": datetime.fromisoformat(made["ends_at"])}


def _list(typed: dict[str, Any], problem: Refused | None = None) -> str:
    everyone, links, with_it = people.everyone(), entry_links.valid(utc.now()), two_factor.users_with_it()
    inboxes = people.inboxes_of([user.id for user in everyone])
    rows = [Row(user, inboxes.get(user.id, []), links.get(user.id), user.id in with_it) for user in everyone]
    return page(
        "settings/users.html", rows=rows, made=_made_link(), typed=typed, problem=problem, roles=ROLES,
        inboxes=account_settings.inboxes(),
    )  # fmt: skip


def _page(user: User, typed: dict[str, Any], problem: Refused | None = None) -> str:
    return page(
        "settings/user.html", user=user, typed=typed, problem=problem, roles=ROLES,
        inboxes=account_settings.inboxes(), has_two_factor=two_factor.is_on(user),
        shown=shown.fields({name: typed[name] for name in ("name", "role")}),
    )  # fmt: skip
