"""Topics: the tree that administrators keep, and what a conversation is about (SPEC 11.4)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import audit, names, timeline
from igapp.desk.refusal import Refused
from igapp.models import Conversation, ConversationTopic, Topic, User

NAME_LIMIT = 80
"""Characters of a topic's name."""
DEPTH_LIMIT = 5
"""Levels of the tree."""


def tree() -> list[Topic]:
    """Return all topics in use for choosing, by path."""
    active = db.session().scalars(sa.select(Topic).where(Topic.retired_at.is_(None))).unique().all()
    return sorted((topic for topic in active if not _under_retired(topic)), key=lambda topic: topic.path.casefold())


def retired() -> list[Topic]:
    """Return the topics that cannot be chosen any more, by path; conversations may still carry them."""
    found = db.session().scalars(sa.select(Topic).where(Topic.retired_at.is_not(None))).unique()
    return sorted(found, key=lambda topic: topic.path.casefold())


def search(words: str, limit: int = 20) -> list[Topic]:
    """Return the topics whose path contains all the words typed."""
    wanted = words.casefold().split()
    return [topic for topic in tree() if all(word in topic.path.casefold() for word in wanted)][:limit]


def of(conversation_ids: Sequence[int]) -> dict[int, list[Topic]]:
    """Return the topics of each conversation."""
    rows = db.session().scalars(
        sa.select(ConversationTopic)
        .where(ConversationTopic.conversation_id.in_(conversation_ids))
        .order_by(ConversationTopic.added_at, ConversationTopic.topic_id)
    )
    found: dict[int, list[Topic]] = {}
    for row in rows.unique():
        found.setdefault(row.conversation_id, []).append(row.topic)
    return found


def ancestry() -> dict[int, set[int]]:
    """Return for each topic its number and those of all above it."""
    parents = {row.id: row.parent_id for row in db.session().execute(sa.select(Topic.id, Topic.parent_id))}
    found: dict[int, set[int]] = {}
    for topic_id in parents:
        above: set[int] = set()
        at: int | None = topic_id
        while at is not None and at not in above:
            above.add(at)
            at = parents.get(at)
        found[topic_id] = above
    return found


def add(conversation: Conversation, topic: Topic, user: User, now: datetime) -> None:
    """Give the conversation a topic, while it is open; a second time changes nothing."""
    _refuse_closed(conversation)
    if topic.retired_at is not None or _under_retired(topic):
        raise Refused(f"The topic “{topic.path}” is retired.")
    key = (conversation.id, topic.id)
    if db.session().get(ConversationTopic, key) is None:
        row = ConversationTopic(conversation_id=key[0], topic_id=key[1], added_at=now, added_by_id=user.id)
        db.session().add(row)
    timeline.changed(conversation)


def remove(conversation: Conversation, topic: Topic) -> None:
    """Take a topic off the conversation, while it is open."""
    _refuse_closed(conversation)
    row = db.session().get(ConversationTopic, (conversation.id, topic.id))
    if row is not None:
        db.session().delete(row)
    timeline.changed(conversation)


def has_any(conversation: Conversation) -> bool:
    """Whether the conversation carries a topic."""
    wanted = sa.select(ConversationTopic.topic_id).where(ConversationTopic.conversation_id == conversation.id).limit(1)
    return db.session().scalar(wanted) is not None


def create(name: str, parent: Topic | None, user: User, now: datetime) -> Topic:
    """Add a topic below `parent` (or at the top), or use a retired one of that name again; raises Refused."""
    db.take_turn("topics")
    name, parent = _checked(name), _as_it_is(parent) if parent else None
    _check_place(parent)
    same = _named(name, parent)
    taken = next((topic for topic in same if topic.retired_at is None), None)
    if taken is not None:
        raise Refused(f"There is a topic “{taken.path}” already.", "name")
    topic = same[0] if same else Topic(name=name, parent=parent)
    topic.retired_at = None
    db.session().add(topic)
    db.session().flush()
    audit.record(user, "topic.created", topic.path, now)
    return topic


def rename(topic: Topic, name: str, user: User, now: datetime) -> None:
    """Give a topic another name; conversations keep it. Raises Refused."""
    db.take_turn("topics")
    topic = _as_it_is(topic)
    before, name = topic.path, _checked(name)
    for found in _named(name, topic.parent):
        if found is not topic:
            raise Refused(f"There is a topic “{found.path}” already{', retired' if found.retired_at else ''}.", "name")
    topic.name = name
    audit.record(user, "topic.renamed", before, now, after=topic.path)


def retire(topic: Topic, user: User, now: datetime) -> None:
    """Take a topic out of use: deleted where it was never used and has none below, else kept for history."""
    db.take_turn("topics")
    topic = _as_it_is(topic)
    audit.record(user, "topic.retired", topic.path, now)
    used = sa.select(ConversationTopic.topic_id).where(ConversationTopic.topic_id == topic.id).limit(1)
    below = sa.select(Topic.id).where(Topic.parent_id == topic.id).limit(1)
    if db.session().scalar(used) is None and db.session().scalar(below) is None:
        db.session().delete(topic)
    else:
        topic.retired_at = now


def _as_it_is(topic: Topic) -> Topic:
    """Return a topic as whoever had the turn before left it; raises Refused where it is gone."""
    found = db.session().get(Topic, topic.id, populate_existing=True)
    if found is None:
        raise Refused("This topic is gone: somebody has just retired it.")
    return found


def _check_place(parent: Topic | None) -> None:
    """Refuse what nobody could choose, or what lies too deep."""
    if parent is None:
        return
    if parent.path.count(" › ") + 2 > DEPTH_LIMIT:
        raise Refused(f"Topics can be {DEPTH_LIMIT} levels deep.", "parent")
    if parent.retired_at is not None or _under_retired(parent):
        raise Refused(f"“{_first_retired(parent).path}” is retired. Use it again first.", "parent")


def _first_retired(topic: Topic) -> Topic:
    """Return the topmost that is retired, of a topic and those above it."""
    return _first_retired(topic.parent) if topic.parent is not None and _under_retired(topic) else topic


def _named(name: str, parent: Topic | None) -> list[Topic]:
    """Return the topics of that name below a parent, in use or retired."""
    beside = sa.select(Topic).where(Topic.parent_id == (parent.id if parent else None)).order_by(Topic.id)
    found = db.session().scalars(beside.execution_options(populate_existing=True)).unique()
    return [topic for topic in found if names.are_same(topic.name, name)]


def _checked(name: str) -> str:
    words = " ".join(name.split())
    if not words or len(words) > NAME_LIMIT or "›" in words:
        raise Refused(f"A topic's name needs 1 to {NAME_LIMIT} characters, without ›.", "name")
    return words


def _refuse_closed(conversation: Conversation) -> None:
    if conversation.is_closed:
        raise Refused("The conversation is closed; its topics are kept as they are.")


def _under_retired(topic: Topic) -> bool:
    return topic.parent is not None and (topic.parent.retired_at is not None or _under_retired(topic.parent))
