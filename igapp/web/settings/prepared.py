"""Answers: prepared replies that agents find with a slash (SPEC 6.9); for team managers too."""

from flask import Blueprint, abort, flash, make_response, request

from igapp import db, utc
from igapp.desk import prepared
from igapp.desk.refusal import Refused
from igapp.models import Answer, Role
from igapp.web import answers, guards
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, shown, sure

bp = Blueprint("answer_settings", __name__, url_prefix="/settings/answers")

BACK = "/settings/answers"
LIST_LIMIT = 500
"""Answers that the page shows; it says how many more there are."""


@bp.get("")
@guards.may(Role.MANAGER)
def show_all() -> str:
    """All answers, those that match what was typed, and the form for another."""
    return _list()


@bp.post("")
@guards.may(Role.MANAGER)
def create() -> AnyResponse:
    """Write an answer."""
    try:
        prepared.save(None, request.form.get("name", ""), request.form.get("text", ""), guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_list(refused), 422)
    db.commit()
    flash("Saved. Agents find it with / in the composer.")
    return answers.go(BACK)


@bp.get("/<int:answer_id>")
@guards.may(Role.MANAGER)
def show(answer_id: int) -> str:
    """One answer."""
    answer = _answer(answer_id)
    return _page(answer, answer.name, answer.text)


@bp.post("/<int:answer_id>")
@guards.may(Role.MANAGER)
def save(answer_id: int) -> AnyResponse:
    """Change its name or text."""
    answer, name, text = _answer(answer_id), request.form.get("name", ""), request.form.get("text", "")
    new = {"name": answer.name, "text": answer.text} | shown.changed({"name": name, "text": text})
    try:
        prepared.save(answer, new["name"], new["text"], guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_page(_answer(answer_id), name, text, refused), 422)
    db.commit()
    flash("Saved.")
    return answers.go(BACK)


@bp.post("/<int:answer_id>/deletion")
@guards.may(Role.MANAGER)
def delete(answer_id: int) -> AnyResponse:
    """Remove it; what was sent with it stays sent."""
    answer = _answer(answer_id)
    words = "Agents do not find it any more. What was sent with it stays."
    asking = sure.asked(f"Delete “{answer.name}”?", words, "Delete", f"{BACK}/{answer.id}")
    if asking:
        return asking
    prepared.delete(answer, guards.me(), utc.now())
    db.commit()
    flash("Deleted.")
    return answers.go(BACK)


def _answer(answer_id: int) -> Answer:
    return db.session().get(Answer, answer_id) or abort(404)


def _list(problem: Refused | None = None) -> str:
    words = request.args.get("words", "")
    found = prepared.search(words, None)
    return page(
        "settings/answers.html", answers=found[:LIST_LIMIT], more=len(found[LIST_LIMIT:]), words=words, problem=problem,
        name=request.form.get("name", ""), text=request.form.get("text", ""), variables=prepared.VARIABLES,
    )  # fmt: skip


def _page(answer: Answer, name: str, text: str, problem: Refused | None = None) -> str:
    return page(
        "settings/answer.html", answer=answer, name=name, text=text, problem=problem, variables=prepared.VARIABLES,
        shown=shown.fields({"name": name, "text": text}),
    )  # fmt: skip
