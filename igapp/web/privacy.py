"""Privacy: erasing and exporting a customer, how long things are kept, and the receipts (SPEC 12.2)."""

from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, flash, make_response, render_template, request

from igapp import db, utc
from igapp.desk import customers, erasures, exports, retention, search
from igapp.desk.refusal import Refused
from igapp.desk.retention import Retention
from igapp.models import Customer, Role
from igapp.web import answers, guards, numbers, zip_file
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown, sure

bp = Blueprint("privacy", __name__)

BACK = "/settings/privacy"
COUNTED = {
    "items": ("message or other item", "messages and other items"),
    "files": ("picture, video or file", "pictures, videos and files"),
    "conversations": ("conversation", "conversations"),
    "customers": ("profile", "profiles"),
    "contacts": ("contact detail", "contact details"),
    "details": ("customer detail", "customer details"),
    "drafts": ("draft", "drafts"),
    "events": ("raw event", "raw events"),
    "posts": ("post", "posts"),
}
"""What a receipt names, in words: one of it, and several."""
FOUND_LIMIT = 10
"""Customers that a search shows."""


@bp.get("/settings/privacy")
@guards.may(Role.ADMIN)
def show() -> str:
    """Everything on one page; what was counted and is not saved stays in its fields."""
    return _page({name: request.args.get(name, value) for name, value in asdict(retention.current()).items()})


@bp.get("/settings/privacy/progress")
@guards.may(Role.ADMIN)
def progress() -> str:
    """How far erasures and passes are; the page asks again while something runs."""
    return render_template("privacy/_progress.html", **_running())


@bp.post("/settings/privacy/retention")
@guards.may(Role.ADMIN)
def save() -> AnyResponse:
    """Change how long things are kept, or count what a change would delete."""
    now, typed = utc.now(), {name: request.form.get(name, "").strip() for name in asdict(Retention())}
    try:
        if "count" in request.form:
            return _begin(Retention(**_numbers(typed)), is_dry=True)
        retention.change(replace(retention.current(), **_numbers(shown.changed(typed))), guards.me(), now)
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(typed, refused), 422)
    db.commit()
    flash("Saved. What is older goes at night, or at once with “Delete what is older”.")
    return answers.go(BACK)


@bp.post("/settings/privacy/passes")
@guards.may(Role.ADMIN)
def begin() -> AnyResponse:
    """Delete what is older now, not only at night."""
    words = "What is older than your settings say is gone for good. Reports keep their numbers."
    return sure.asked("Delete what is older?", words, "Delete", BACK) or _begin(retention.current(), is_dry=False)


@bp.post("/settings/privacy/customers/<int:customer_id>/erasure")
@guards.may(Role.ADMIN)
def erase(customer_id: int) -> AnyResponse:
    """Erase a customer; a receipt says what went."""
    customer = _customer(customer_id)
    words = "Messages, pictures, details and raw events are gone for good; nothing can bring them back."
    asking = sure.asked(f"Erase {customer.display_name}?", words, "Erase", BACK)
    if asking:
        return asking
    erasures.of_customer(customer, guards.me(), utc.now())
    db.commit()
    flash("It is being erased. The receipt below says when it is done.")
    return answers.go(BACK)


@bp.post("/settings/privacy/customers/<int:customer_id>/export")
@guards.may(Role.ADMIN)
def export(customer_id: int) -> Response:
    """Everything about a customer, as a ZIP of data and files."""
    customer = _customer(customer_id)
    exports.begin(customer, guards.me(), utc.now())
    db.commit()
    return zip_file.response(f"customer-{customer.id}", zip_file.of_customer(customer))


@bp.get("/instagram/data-deletion/<code>")
def status(code: str) -> str:
    """How far a deletion is; open to whoever has its code."""
    erasure = erasures.find(code) or abort(404)
    return render_template("privacy/status.html", erasure=erasure, counted=_counted(erasure))


def _customer(customer_id: int) -> Customer:
    return customers.survivor(db.session().get(Customer, customer_id) or abort(404))


def _begin(wanted: Retention, *, is_dry: bool) -> AnyResponse:
    run = retention.begin(wanted, guards.me(), utc.now(), is_dry=is_dry)
    db.commit()
    if run is None:
        flash("Everything is kept for good, or a pass is under way already.", answers.REFUSED)
    else:
        flash("Counting. The result appears below; nothing is saved yet." if is_dry else "It has begun.")
    return answers.go(f"{BACK}?{urlencode(asdict(wanted))}" if is_dry else BACK)


def _numbers(typed: dict[str, str]) -> dict[str, int]:
    sentence = "Write a whole number; 0 keeps for good."
    return {name: numbers.needed(value, sentence, name) for name, value in typed.items()}


def _page(typed: dict[str, Any], problem: Refused | None = None) -> str:
    words = request.args.get("words", "").strip()
    found = search.find(words, FOUND_LIMIT).customers if words else []
    return page(
        "privacy/show.html", typed=typed, problem=problem, words=words, found=found, limits=retention.LIMITS,
        shown=shown.fields(asdict(retention.current())), **_running(),
    )  # fmt: skip


def _running() -> dict[str, Any]:
    latest, runs = erasures.latest(), retention.latest()
    return {
        "erasures": latest,
        "runs": runs,
        "counted": _counted,
        "is_running": any(one.state == "running" for one in latest) or any(run.ended_at is None for run in runs),
    }


def _counted(one: Any) -> str:
    """Say what went, or would go."""
    found = [(one.counts[name], words) for name, words in COUNTED.items() if one.counts.get(name)]
    return ", ".join(f"{count:,} {words[0] if count == 1 else words[1]}" for count, words in found) or "nothing"
