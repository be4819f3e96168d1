"""Instagram accounts: connecting, what each lets in, where its work goes, and how it is (SPEC 1)."""

from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, abort, current_app, flash, make_response, request

from igapp import db, utc
from igapp.desk import account_health, account_settings, auto_replies
from igapp.desk.refusal import Refused
from igapp.models import Account, AutoReply, Role, User
from igapp.web import answers, filters, guards, numbers
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown

bp = Blueprint("accounts", __name__, url_prefix="/settings/accounts")

SWITCHES = (
    ("is_dm_on", "Direct messages", "Messages, story replies and what people share with you."),
    ("is_comments_on", "Comments", "Top-level comments on posts and reels. Replies below a comment never arrive."),
    ("is_story_mentions_on", "Story mentions", "When someone with a public account mentions you in a story."),
    (
        "is_echo_on",
        "Echo",
        "Messages that your team sends in the Instagram app appear in the timeline and clear the due time.",
    ),
)
"""What an account lets in: field, label, and what it means."""
AUTO_REPLY = ("auto_reply", "auto_reply_text")

DISCONNECTED = "Disconnected. Its history stays; nothing is sent or received any more."
UNTOLD = (
    "Disconnected. Its history stays; nothing is sent any more. Instagram could not be told and may go on delivering: "
    "what still comes is recorded in the ledger as ignored."
)


class Connector(Protocol):
    """What Meta's door offers here; it calls Instagram, so it stands outside every transaction of ours."""

    def connect(self, token: str, user: User | None, now: datetime) -> Account:
        """Read the account of a token, subscribe it, store it; Refused in words where Meta does not agree."""

    def disconnect(self, account: Account, user: User | None, now: datetime) -> bool:
        """Unsubscribe it and forget its token; history stays. Returns whether Instagram was told."""


@bp.get("")
@guards.may(Role.ADMIN)
def show_all() -> str:
    """Every account, and the form to connect one."""
    return _list()


@bp.post("")
@guards.may(Role.ADMIN)
def connect() -> AnyResponse:
    """Connect an account by a pasted token; an account that is known is connected anew, with its history."""
    try:
        account = _connector().connect(request.form.get("token", ""), guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_list(str(refused)), 422)
    account_id, username = account.id, account.username
    db.commit()
    flash(f"@{username} is connected.")
    return answers.go(f"/settings/accounts/{account_id}")


@bp.get("/<int:account_id>")
@guards.may(Role.ADMIN)
def show(account_id: int) -> str:
    """One account."""
    return _page(_account(account_id))


@bp.post("/<int:account_id>")
@guards.may(Role.ADMIN)
def save(account_id: int) -> AnyResponse:
    """Change what it lets in and where its work goes."""
    account, typed = _account(account_id), _typed()
    changed = shown.changed(typed)
    try:
        account_settings.change(account, guards.me(), utc.now(), **_parsed(changed))
        reply = {name: changed.get(name, getattr(account, name)) for name in AUTO_REPLY}
        auto_replies.change(account, reply["auto_reply"], reply["auto_reply_text"] or "", guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(_account(account_id), refused, typed), 422)
    db.commit()
    flash("Saved. It holds for what begins from now on.")
    return answers.go(f"/settings/accounts/{account_id}")


@bp.post("/<int:account_id>/disconnection")
@guards.may(Role.ADMIN)
def disconnect(account_id: int) -> AnyResponse:
    """Stop using the account; its history stays."""
    account = _account(account_id)
    try:
        is_told = _connector().disconnect(account, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(_account(account_id), refused), 422)
    db.commit()
    flash(DISCONNECTED if is_told else UNTOLD)
    return answers.go(f"/settings/accounts/{account_id}")


def _account(account_id: int) -> Account:
    return account_settings.find(account_id) or abort(404)


def _connector() -> Connector:
    found: Connector = current_app.extensions["connector"]
    return found


def _typed() -> dict[str, Any]:
    when = request.form.get("auto_reply", "")
    return {name: name in request.form for name, _label, _help in SWITCHES} | {
        "inbox_id": request.form.get("inbox_id", 0, type=int),
        "sla_minutes": request.form.get("sla_minutes", "").strip(),
        "link_format": request.form.get("link_format", ""),
        "auto_reply": AutoReply(when) if when in list(AutoReply) else abort(400),
        "auto_reply_text": request.form.get("auto_reply_text", ""),
    }


def _parsed(changed: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in changed.items() if name in account_settings.CHANGEABLE}
    if minutes := values.get("sla_minutes"):
        sentence = "The SLA must be a whole number of minutes, or blank for the inbox's."
        return values | {"sla_minutes": numbers.needed(minutes, sentence, "sla_minutes")}
    return values | ({"sla_minutes": None} if "sla_minutes" in values else {})


def _list(problem: str = "") -> str:
    return page("settings/accounts.html", accounts=account_settings.everyone(), problem=problem)


def _page(account: Account, problem: Refused | None = None, typed: dict[str, Any] | None = None) -> str:
    """Show an account, and what was typed where it was refused."""
    typed = typed or {name: getattr(account, name) for name in (*account_settings.CHANGEABLE, *AUTO_REPLY)}
    inboxes = [(inbox.id, inbox.name) for inbox in account_settings.inboxes()]
    health = account_health.of(account, filters.now())
    return page(
        "settings/account.html", account=account, health=health, switches=SWITCHES, inboxes=inboxes, problem=problem,
        typed=typed, shown=shown.fields(typed),
    )  # fmt: skip
