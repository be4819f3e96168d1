"""What a conversation is about: its topics, chosen by typing from the tree (SPEC 11.4)."""

from flask import Blueprint, abort, make_response, render_template, request

from igapp import db, utc
from igapp.desk import profiles, topics
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Role, Topic
from igapp.web import answers, guards, profile
from igapp.web.answers import AnyResponse

bp = Blueprint("topics", __name__)


@bp.get("/customers/<int:customer_id>/topics")
@guards.may(Role.AGENT)
def show(customer_id: int) -> str:
    """The topics of the customer's newest conversation."""
    customer = profile.load(customer_id)
    return render_template("topics/_topics.html", customer=customer, **profile.topics_of(customer))


@bp.get("/conversations/<int:conversation_id>/topics/choice")
@guards.may(Role.AGENT)
def choose(conversation_id: int) -> str:
    """The field in which a topic is searched."""
    conversation = _conversation(conversation_id)
    return render_template("topics/_choice.html", conversation=conversation, found=_others(conversation, ""), words="")


@bp.get("/conversations/<int:conversation_id>/topics/options")
@guards.may(Role.AGENT)
def options(conversation_id: int) -> str:
    """The topics that contain what was typed."""
    conversation = _conversation(conversation_id)
    words = request.args.get("topic_words", "")
    found = _others(conversation, words)
    return render_template("topics/_options.html", conversation=conversation, found=found, words=words)


@bp.get("/conversations/<int:conversation_id>/topics/tree")
@guards.may(Role.AGENT)
def tree(conversation_id: int) -> str:
    """The whole tree on a page of its own, for browsers without JavaScript."""
    conversation = _conversation(conversation_id)
    return render_template("topics/tree.html", conversation=conversation, found=_others(conversation, "", 1000))


@bp.post("/conversations/<int:conversation_id>/topics")
@guards.may(Role.AGENT)
def add(conversation_id: int) -> AnyResponse:
    """Give the conversation a topic."""
    conversation = _conversation(conversation_id)
    topic = db.session().get(Topic, request.form.get("topic", 0, type=int)) or abort(404)
    try:
        topics.add(conversation, topic, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused))
    return _done(conversation)


@bp.post("/conversations/<int:conversation_id>/topics/<int:topic_id>/removal")
@guards.may(Role.AGENT)
def remove(conversation_id: int, topic_id: int) -> AnyResponse:
    """Take a topic off."""
    conversation = _conversation(conversation_id)
    try:
        topics.remove(conversation, db.session().get(Topic, topic_id) or abort(404))
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused))
    return _done(conversation)


def _conversation(conversation_id: int) -> Conversation:
    return db.session().get(Conversation, conversation_id) or abort(404)


def _others(conversation: Conversation, words: str, limit: int = 20) -> list[Topic]:
    """What may be added: found by the words typed, without what is there already."""
    here = {topic.id for topic in topics.of([conversation.id]).get(conversation.id, [])}
    return [topic for topic in topics.search(words, limit + len(here)) if topic.id not in here][:limit]


def _done(conversation: Conversation) -> AnyResponse:
    customer_id = conversation.customer_id
    db.commit()
    if not answers.is_fragment():
        return answers.go(f"/customers/{customer_id}")
    customer = profiles.find(customer_id) or abort(404)
    return make_response(
        render_template("topics/_topics.html", customer=customer, **profile.topics_of(customer), is_changed=True)
    )
