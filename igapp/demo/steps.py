"""What happens in one customer's thread: each step of the story, done with the desk's own verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db
from igapp.desk import arrivals, closing, comments, conversations, notes, posts, replies, sends, sessions, topics
from igapp.desk.arrivals import Arrival, ArrivedAttachment, ArrivedComment
from igapp.models import Account, AttachmentKind, Conversation, Identity, Item, ItemKind, Topic, User

Json = dict[str, Any]


@dataclass
class Scene:
    """One customer's thread while it is told."""

    identity: Identity
    people: dict[str, User]
    account: Account
    cast: Json
    steps: int = 0
    agent: User | None = None
    last: Item | None = None

    @property
    def conversation(self) -> Conversation:
        """The customer's current matter."""
        found = conversations.current(self.identity.customer)
        if found is None:
            raise ValueError(f"No conversation with {self.identity.igsid} is open.")
        return found

    @property
    def by(self) -> User:
        """The agent who holds it."""
        if self.agent is None:
            raise ValueError(f"Nobody has accepted {self.identity.igsid} yet.")
        return self.agent

    def platform_id(self) -> str:
        """Return a message id of its own, the same in every telling."""
        return f"demo-{self.identity.igsid}-{self.steps}"


def find_topic(path: str) -> Topic:
    """Return the topic at a path such as "Orders/Delivery"; StopIteration where there is none."""
    return next(topic for topic in topics.tree() if topic.path == path.replace("/", " › "))


def _says(scene: Scene, at: datetime, text: str) -> None:
    scene.last = arrivals.receive(scene.identity, Arrival(ItemKind.MESSAGE, scene.platform_id(), at, text), at)


def _mentions(scene: Scene, at: datetime) -> None:
    story = ArrivedAttachment(AttachmentKind.STORY, "story_mention", "https://lookaside.fbsbx.com/ig_messaging_cdn/")
    arrival = Arrival(ItemKind.STORY_MENTION, scene.platform_id(), at, attachments=(story,))
    scene.last = arrivals.receive(scene.identity, arrival, at)


def _comments(scene: Scene, at: datetime, post_key: str, text: str) -> None:
    found = next(post for post in scene.cast["posts"] if post["key"] == post_key)
    facts = posts.PostFacts(found["id"], found["product_type"], found["caption"], found["permalink"])
    post = posts.find_or_add(scene.account, facts, at)
    comment = ArrivedComment(scene.platform_id(), at, text, post)
    scene.last = arrivals.receive_comment(scene.identity, comment, at)


def _reacts(scene: Scene, at: datetime, emoji: str) -> None:
    ours = sa.select(Item).where(Item.identity_id == scene.identity.id, Item.kind == ItemKind.REPLY)
    item = db.session().scalars(ours.order_by(Item.at.desc()).limit(1)).one()
    arrivals.receive_reaction(scene.identity, item.platform_id or "", emoji, at, at)


def _accepted(scene: Scene, at: datetime, key: str) -> None:
    scene.agent = scene.people[key]
    conversations.assign(scene.conversation, scene.agent, at)


def _replies(scene: Scene, at: datetime, text: str) -> None:
    item = replies.reply(scene.identity.customer, scene.by, text, scene.platform_id(), at, scene.identity)
    _sent(scene, item, at)


def _replies_publicly(scene: Scene, at: datetime, text: str) -> None:
    if scene.last is not None:
        _sent(scene, comments.reply_publicly(scene.last, scene.by, text, scene.platform_id(), at), at)


def _sent(scene: Scene, item: Item, at: datetime) -> None:
    db.session().refresh(item, ["send"])
    if item.send is not None:
        sends.record_sent(item.send, scene.platform_id(), at)


def _sees(scene: Scene, at: datetime) -> None:
    arrivals.receive_read(scene.identity, None, at, at)


def _echo(scene: Scene, at: datetime, text: str) -> None:
    arrivals.receive_echo(scene.identity, Arrival(ItemKind.ECHO, scene.platform_id(), at, text), at)


def _notes(scene: Scene, at: datetime, text: str) -> None:
    notes.write(scene.identity.customer, scene.by, text, scene.platform_id(), at)


def _no_reply_needed(scene: Scene, at: datetime, key: str) -> None:
    closing.no_reply_needed(scene.conversation, scene.people[key], at)


def _session_ends(scene: Scene, at: datetime) -> None:
    db.session().flush()
    for session_id in sessions.silent(at):
        closing.end_silent(session_id, at)


def _topics(scene: Scene, at: datetime, path: str) -> None:
    topics.add(scene.conversation, find_topic(path), scene.by, at)


def _closes(scene: Scene, at: datetime, key: str) -> None:
    closing.close(scene.conversation, scene.people[key], at)


VERBS: dict[str, Callable[..., None]] = {
    "says": _says,
    "mentions": _mentions,
    "comments": _comments,
    "reacts": _reacts,
    "accepted": _accepted,
    "replies": _replies,
    "replies publicly": _replies_publicly,
    "sees": _sees,
    "echo": _echo,
    "notes": _notes,
    "no reply needed": _no_reply_needed,
    "session ends": _session_ends,
    "topic": _topics,
    "closes": _closes,
}
"""Each step of the story by its name there."""
