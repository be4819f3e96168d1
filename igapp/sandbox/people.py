"""The accounts of the company, the people who write to them, and who knows whom by which id."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from igapp.sandbox import ids
from igapp.sandbox.store import Store

_ACCOUNT = "SELECT * FROM accounts"
_IDENTITY = """
    SELECT identities.*, people.*, accounts.username AS account_username
    FROM identities JOIN people USING (person)
    JOIN accounts ON accounts.user_id = identities.account
"""


@dataclass(frozen=True)
class Account:
    """A professional account: `user_id` is what webhooks name, `id` is scoped to the app."""

    user_id: str
    id: str
    username: str
    name: str
    picture: str
    followers: int
    self_igsid: str
    subscribed_fields: frozenset[str]


@dataclass(frozen=True)
class Identity:
    """A person as one account knows them: by an Instagram-scoped id of that account alone."""

    account: str
    account_username: str
    person: str
    igsid: str
    commenter_id: str
    name: str | None
    username: str
    picture: str | None
    followers: int
    is_verified: bool
    is_private: bool
    follows_us: bool
    we_follow: bool
    has_blocked_us: bool


def accounts(store: Store) -> list[Account]:
    return [_account(row) for row in store.rows(f"{_ACCOUNT} ORDER BY user_id")]


def account(store: Store, name: str) -> Account | None:
    """The account by any of its ids or its username."""
    row = store.row(f"{_ACCOUNT} WHERE ? IN (user_id, id, username)", name)
    return _account(row) if row else None


def identities(store: Store) -> list[Identity]:
    return [_identity(row) for row in store.rows(f"{_IDENTITY} ORDER BY people.rowid")]


def of_account(store: Store, account_id: str, limit: int) -> list[Identity]:
    """The first so many people, as that account knows them."""
    rows = store.rows(f"{_IDENTITY} WHERE account = ? ORDER BY people.rowid LIMIT ?", account_id, limit)
    return [_identity(row) for row in rows]


def identity(store: Store, account_id: str, name: str) -> Identity | None:
    """The person as that account knows them, by key, username or Instagram-scoped id."""
    for column in ("igsid", "person", "people.username"):
        row = store.row(f"{_IDENTITY} WHERE {column} = ? AND account = ?", name, account_id)
        if row:
            return _identity(row)
    return None


def by_igsid(store: Store, account_id: str, igsid: str) -> Identity | None:
    row = store.row(f"{_IDENTITY} WHERE igsid = ? AND account = ?", igsid, account_id)
    return _identity(row) if row else None


def add(store: Store, person: Mapping[str, Any]) -> str:
    """A new person, or new facts about one (same `key`); answers the key."""
    key = str(person.get("key") or person.get("username") or f"person{ids.number('', 9)}")
    with store.transaction():
        known = store.row("SELECT * FROM people WHERE person = ?", key)
        _write_person(store, key, {**(dict(known) if known else {}), **person})
        given: Mapping[str, Mapping[str, Any]] = person.get("identities", {})
        for our in accounts(store):
            _write_identity(store, our.user_id, key, {**person, **given.get(our.username, {})})
    return key


def _write_person(store: Store, key: str, facts: Mapping[str, Any]) -> None:
    store.run(
        "INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET"
        " name = excluded.name, username = excluded.username, is_verified = excluded.is_verified,"
        " is_private = excluded.is_private, followers = excluded.followers,"
        " picture = excluded.picture",
        key,
        facts.get("name"),
        facts.get("username") or key,
        int(facts.get("is_verified", 0)),
        int(facts.get("is_private", 0)),
        int(facts.get("followers", 0)),
        facts.get("picture", f"/cdn/avatars/{key}.jpg"),
    )


def _write_identity(store: Store, account_id: str, key: str, facts: Mapping[str, Any]) -> None:
    known = store.row("SELECT * FROM identities WHERE account = ? AND person = ?", account_id, key)
    merged = {**(dict(known) if known else {}), **facts}
    igsid = str(merged.get("igsid") or ids.number("9", 16))
    store.run(
        "INSERT OR REPLACE INTO identities VALUES (?, ?, ?, ?, ?, ?, ?)",
        account_id,
        key,
        igsid,
        str(merged.get("commenter_id") or igsid),
        *(int(merged.get(flag, 0)) for flag in ("follows_us", "we_follow", "has_blocked_us")),
    )


def _account(row: Any) -> Account:
    values = dict(row)
    values["subscribed_fields"] = frozenset(json.loads(row["subscribed_fields"]))
    return Account(**values)


def _identity(row: Any) -> Identity:
    values = {name: row[name] for name in Identity.__dataclass_fields__}
    flags = ("is_verified", "is_private", "follows_us", "we_follow", "has_blocked_us")
    return Identity(**{**values, **{flag: bool(row[flag]) for flag in flags}})
