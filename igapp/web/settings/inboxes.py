"""Inboxes and members: names, SLA, who receives whose work (SPEC 12.2)."""

from typing import Any

from flask import Blueprint, abort, flash, make_response, request

from igapp import db, utc
from igapp.desk import inboxes, people, settings
from igapp.desk.refusal import Refused
from igapp.models import Inbox, Role
from igapp.web import answers, guards, numbers
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown, sure

bp = Blueprint("inbox_settings", __name__, url_prefix="/settings/inboxes")

BACK = "/settings/inboxes"


@bp.get("")
@guards.may(Role.ADMIN)
def show_all() -> str:
    """Every inbox, and the form for another."""
    sla = settings.workflow().default_sla_minutes
    return _list({"name": "", "sla_minutes": sla, "members": set()})


@bp.post("")
@guards.may(Role.ADMIN)
def create() -> AnyResponse:
    """Make an inbox."""
    typed = _typed()
    try:
        inbox = inboxes.create(typed["name"], _minutes(typed["sla_minutes"]), typed["members"], guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_list(typed, refused), 422)
    name = inbox.name
    db.commit()
    flash(f"{name} is there. Accounts can route to it from now on.")
    return answers.go(BACK)


@bp.get("/<int:inbox_id>")
@guards.may(Role.ADMIN)
def show(inbox_id: int) -> str:
    """One inbox."""
    inbox = _inbox(inbox_id)
    members = inboxes.member_ids(inbox)
    now = {"name": inbox.name, "sla_minutes": inbox.sla_minutes, "members": members}
    return _page(inbox, now | {"shown": [user.id for user in _people() if user.id in members]})


@bp.post("/<int:inbox_id>")
@guards.may(Role.ADMIN)
def save(inbox_id: int) -> AnyResponse:
    """Change its name, SLA and members."""
    inbox, typed = _inbox(inbox_id), _typed()
    changed = shown.changed({name: typed[name] for name in ("name", "sla_minutes")})
    try:
        minutes = _minutes(changed["sla_minutes"]) if "sla_minutes" in changed else inbox.sla_minutes
        inboxes.change(
            inbox, changed.get("name", inbox.name), minutes, typed["members"], guards.me(), utc.now(), typed["shown"]
        )
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(_inbox(inbox_id), typed, refused), 422)
    db.commit()
    flash("Saved. Due times that run already keep theirs.")
    return answers.go(BACK)


@bp.post("/<int:inbox_id>/deletion")
@guards.may(Role.ADMIN)
def delete(inbox_id: int) -> AnyResponse:
    """Remove an inbox that nothing hangs on."""
    inbox = _inbox(inbox_id)
    words = "Its members keep their other inboxes."
    asking = sure.asked(f"Delete {inbox.name}?", words, "Delete", f"{BACK}/{inbox.id}")
    if asking:
        return asking
    try:
        inboxes.delete(inbox, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused), f"{BACK}/{inbox_id}")
    db.commit()
    flash("Deleted.")
    return answers.go(BACK)


def _inbox(inbox_id: int) -> Inbox:
    return inboxes.find(inbox_id) or abort(404)


def _typed() -> dict[str, Any]:
    return {
        "name": request.form.get("name", ""),
        "sla_minutes": request.form.get("sla_minutes", "").strip(),
        "members": set(request.form.getlist("members", type=int)),
        "shown": request.form.getlist("shown", type=int) if "shown" in request.form else None,
    }


def _minutes(typed: str) -> int:
    return numbers.needed(typed, "The SLA must be a whole number of minutes.", "sla_minutes")


def _list(typed: dict[str, Any], problem: Refused | None = None) -> str:
    return page(
        "settings/inboxes.html", inboxes=inboxes.everyone(), counts=inboxes.member_counts(),
        accounts=inboxes.accounts_of(), typed=typed, problem=problem, people=_people(),
    )  # fmt: skip


def _page(inbox: Inbox, typed: dict[str, Any], problem: Refused | None = None) -> str:
    before = shown.fields({name: typed[name] for name in ("name", "sla_minutes")})
    return page("settings/inbox.html", inbox=inbox, typed=typed, shown=before, problem=problem, people=_people())


def _people() -> list[Any]:
    return [user for user in people.everyone() if user.is_active]
