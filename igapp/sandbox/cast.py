"""Puts the cast of `cast.json` on the stage: two company accounts, a dozen people, some posts."""

import json
from pathlib import Path
from typing import Any

from igapp.sandbox import people
from igapp.sandbox.clock import Clock
from igapp.sandbox.store import Store

CAST = Path(__file__).with_name("cast.json")
SCOPES = (
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
)
FIELDS = (
    "messages",
    "message_reactions",
    "messaging_seen",
    "messaging_postbacks",
    "messaging_referral",
    "message_edit",
    "comments",
    "live_comments",
    "messaging_handover",
    "standby",
    "message_echoes",
    "messaging_optins",
    "mentions",
    "story_insights",
)
LONG_TOKEN_MS = 60 * 24 * 3600 * 1000


def load(store: Store, clock: Clock, *, subscribed: bool = True) -> None:
    """Fill an empty store with the cast; accounts are subscribed already unless told otherwise."""
    cast = json.loads(CAST.read_text(encoding="utf-8"))
    with store.transaction():
        for account in cast["accounts"]:
            _add_account(store, clock, account, subscribed)
        for person in cast["people"]:
            people.add(store, person)
        for post in cast["posts"]:
            _add_post(store, clock, post)


def _add_account(store: Store, clock: Clock, account: dict[str, Any], subscribed: bool) -> None:
    store.run(
        "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(account[key] for key in ("user_id", "id", "username", "name", "picture")),
        account["followers"],
        account["self_igsid"],
        json.dumps(FIELDS if subscribed else ()),
    )
    issued = clock.now() - 2 * 24 * 3600 * 1000
    store.run(
        "INSERT INTO tokens VALUES (?, ?, 'long', ?, ?, ?, 0)",
        account["token"],
        account["user_id"],
        issued,
        issued + LONG_TOKEN_MS,
        json.dumps(SCOPES),
    )


def _add_post(store: Store, clock: Clock, post: dict[str, Any]) -> None:
    account = store.value("SELECT user_id FROM accounts WHERE username = ?", post["account"])
    store.run(
        "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        post["id"],
        account,
        *(post[key] for key in ("product_type", "media_type", "caption", "permalink")),
        clock.now() - round(post["hours_ago"] * 3600 * 1000),
        json.dumps(post.get("ad", {})),
        int(post.get("is_live", False)),
    )
