"""Data to look at: people, two accounts, and customers with months of history, told in demo.json.

It goes through the desk's own verbs, at past moments, so that it is what the product itself would have made of it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from igapp import db
from igapp.config import Config
from igapp.desk import (
    arrivals,
    closing,
    comments,
    connections,
    contacts,
    conversations,
    customers,
    notes,
    posts,
    replies,
    sends,
    sessions,
    topics,
    users,
)
from igapp.desk.arrivals import Arrival, ArrivedAttachment, ArrivedComment
from igapp.instagram import connect, tokens
from igapp.instagram.errors import CallFailed
from igapp.models import Account, AttachmentKind, ContactKind, Conversation, Identity, Item, ItemKind, Role, Topic, User

STORY = Path(__file__).with_name("demo.json")
CAST = Path(__file__).parent / "sandbox" / "cast.json"
"""The sandbox's accounts and people, so that both tell of the same ones; data, no code."""
PASSWORD = "demo-password"  # noqa: S105 - printed for whoever tries the product
_SPAN = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}

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


def load(now: datetime) -> Iterator[str]:
    """Load the data unless they are here; yields the lines that say how to sign in."""
    story, cast = json.loads(STORY.read_text("utf-8")), json.loads(CAST.read_text("utf-8"))
    if users.find(story["users"][0]["email"]) is None:
        _tell(story, cast, now)
    yield "Sign in as"
    for user in story["users"]:
        yield f"  {user['role']:<8} {user['email']:<20} {PASSWORD}"


def _tell(story: Json, cast: Json, now: datetime) -> None:
    accounts = {one["username"]: _account(one, now) for one in cast["accounts"]}
    people = {
        one["key"]: users.create(one["email"], one["name"], Role(one["role"]), PASSWORD, now) for one in story["users"]
    }
    admin = people["ines"]
    for path in story["topics"]:
        parent, _, name = path.rpartition("/")
        topics.create(name, _find_topic(parent) if parent else None, admin, now)
    who = {person["key"]: person for person in cast["people"]}
    for customer in story["customers"]:
        identity = _welcome(accounts, who[customer["person"]], customer, admin, now)
        scene = Scene(identity, people, identity.account, cast)
        for ago, verb, *words in customer["steps"]:
            scene.steps += 1
            _VERBS[verb](scene, now - _span(ago), *words)
        db.commit()


def _account(one: Json, now: datetime) -> Account:
    """Connect an account at the Graph API in use; where that knows it not, take what the cast says."""
    try:
        return connect.by_token(one["token"], now)
    except CallFailed:
        facts = connections.Facts(one["user_id"], one["id"], one["username"], one["name"])
        return connections.connect(facts, connections.Grant(tokens.sealed(one["token"])), now)


def _welcome(accounts: dict[str, Account], person: Json, customer: Json, admin: User, now: datetime) -> Identity:
    known = person["identities"]
    identity = customers.find_or_welcome(accounts[customer["account"]], known[customer["account"]]["igsid"], now)
    db.session().flush()
    everywhere = [identity]
    for name in customer.get("also_at", ()):
        everywhere.append(Identity(account=accounts[name], igsid=known[name]["igsid"], customer=identity.customer))
        db.session().add(everywhere[-1])
    for one in everywhere:
        one.profile_wanted_at = now
        customers.update_profile(one, _profile(person, known[one.account.username]), now)
    for kind, value in customer.get("contacts", ()):
        contacts.add_point(identity.customer, ContactKind(kind), value, admin, now)
    for label, value in customer.get("details", ()):
        contacts.set_detail(identity.customer, label, value, admin, now)
    db.session().flush()
    return identity


def _profile(person: Json, standing: Json) -> customers.Profile:
    config: Config = current_app.extensions["config"]
    return customers.Profile(
        name=person["name"],
        username=person["username"],
        picture_url=config.graph_base_url + person["picture"] if person["picture"] else None,
        is_verified=person["is_verified"],
        follower_count=person["followers"],
        follows_us=standing["follows_us"],
        we_follow=standing["we_follow"],
    )


def _find_topic(path: str) -> Topic:
    return next(topic for topic in topics.tree() if topic.path == path.replace("/", " › "))


def _span(ago: str) -> timedelta:
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in _SPAN.findall(ago)})


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
    topics.add(scene.conversation, _find_topic(path), scene.by, at)


def _closes(scene: Scene, at: datetime, key: str) -> None:
    closing.close(scene.conversation, scene.people[key], at)


_VERBS: dict[str, Callable[..., None]] = {
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
