"""Data to look at: people, two accounts, and customers with months of history, told in story.json.

It goes through the desk's own verbs, at past moments, so that it is what the product itself would have made of it.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from igapp import db
from igapp.config import Config
from igapp.demo.steps import VERBS, Json, Scene, find_topic
from igapp.desk import connections, contacts, customers, prepared, topics, users
from igapp.instagram import connect, tokens
from igapp.instagram.errors import CallFailed
from igapp.models import Account, ContactKind, Identity, Role, User

STORY = Path(__file__).with_name("story.json")
CAST = Path(__file__).parents[1] / "sandbox" / "cast.json"
"""The sandbox's accounts and people, so that both tell of the same ones; data, no code."""
PASSWORD = "demo-password"  # noqa: S105 - printed for whoever tries the product
_SPAN = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


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
        topics.create(name, find_topic(parent) if parent else None, admin, now)
    for name, text in story["answers"]:
        prepared.save(None, name, text, admin, now)
    who = {person["key"]: person for person in cast["people"]}
    for customer in story["customers"]:
        identity = _welcome(accounts, who[customer["person"]], customer, admin, now)
        scene = Scene(identity, people, identity.account, cast)
        for ago, verb, *words in customer["steps"]:
            scene.steps += 1
            VERBS[verb](scene, now - _span(ago), *words)
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


def _span(ago: str) -> timedelta:
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in _SPAN.findall(ago)})
