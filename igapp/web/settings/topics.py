"""Topics: the tree that agents choose from (SPEC 11.4)."""

from flask import Blueprint, abort, flash, make_response, request

from igapp import db, utc
from igapp.desk import topics
from igapp.desk.refusal import Refused
from igapp.models import Role, Topic
from igapp.web import answers, guards
from igapp.web.answers import AnyResponse
from igapp.web.settings import page, sure

bp = Blueprint("topic_settings", __name__, url_prefix="/settings/topics")

BACK = "/settings/topics"


@bp.get("")
@guards.may(Role.ADMIN)
def show_all() -> str:
    """The tree, and the form for another topic."""
    return _list()


@bp.post("")
@guards.may(Role.ADMIN)
def create() -> AnyResponse:
    """Add a topic, or use a retired one again."""
    parent_id = request.form.get("parent", type=int)
    try:
        topic = topics.create(
            request.form.get("name", ""), _topic(parent_id) if parent_id else None, guards.me(), utc.now()
        )
    except Refused as refused:
        db.db.session.rollback()
        return make_response(_list(refused), 422)
    path = topic.path
    db.commit()
    flash(f"“{path}” can be chosen from now on.")
    return answers.go(BACK)


@bp.get("/<int:topic_id>")
@guards.may(Role.ADMIN)
def show(topic_id: int) -> str:
    """One topic."""
    topic = _topic(topic_id)
    return page("settings/topic.html", topic=topic, name=topic.name, problem=None)


@bp.post("/<int:topic_id>")
@guards.may(Role.ADMIN)
def rename(topic_id: int) -> AnyResponse:
    """Give it another name; conversations keep it."""
    name = request.form.get("name", "")
    try:
        topics.rename(_topic(topic_id), name, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return make_response(page("settings/topic.html", topic=_topic(topic_id), name=name, problem=refused), 422)
    db.commit()
    flash("Saved.")
    return answers.go(BACK)


@bp.post("/<int:topic_id>/retirement")
@guards.may(Role.ADMIN)
def retire(topic_id: int) -> AnyResponse:
    """Take it out of use; one that was never used is gone."""
    topic = _topic(topic_id)
    words = "It cannot be chosen any more; conversations that have it keep it, and reports count it."
    asking = sure.asked(f"Retire “{topic.path}”?", words, "Retire", f"{BACK}/{topic.id}")
    if asking:
        return asking
    topics.retire(topic, guards.me(), utc.now())
    db.commit()
    flash("Retired.")
    return answers.go(BACK)


def _topic(topic_id: int) -> Topic:
    return db.session().get(Topic, topic_id) or abort(404)


def _list(problem: Refused | None = None) -> str:
    return page(
        "settings/topics.html", topics=topics.tree(), retired=topics.retired(), problem=problem,
        name=request.form.get("name", ""), parent=request.form.get("parent", type=int),
    )  # fmt: skip
