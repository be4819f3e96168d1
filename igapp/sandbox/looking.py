"""What there is at the platform, as plain data: for the control API and for the page."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from igapp.sandbox import assets, messages, people, posts
from igapp.sandbox.events.kinds import KINDS, Impossible
from igapp.sandbox.messages import Message
from igapp.sandbox.world import World

Json = dict[str, Any]
MOST_ROWS = 100_000


def state(world: World) -> Json:
    return {
        "accounts": [_account(world, one) for one in people.accounts(world.store)],
        "people": people_of(world),
        "posts": [
            asdict(post) for one in people.accounts(world.store) for post in posts.of_account(world.store, one.user_id)
        ],
        "faults": faults(world),
        "clock": clock(world),
        "kinds": sorted(KINDS),
        "pending": world.sender.pending,
        "webhook_url": world.target.webhook_url,
    }


def _account(world: World, account: people.Account) -> Json:
    token = world.store.value(
        "SELECT token FROM tokens WHERE account = ? AND kind = 'long' AND is_revoked = 0"
        " ORDER BY issued_at DESC LIMIT 1",
        account.user_id,
    )
    return {**asdict(account), "subscribed_fields": sorted(account.subscribed_fields), "token": token}


def people_of(world: World) -> list[Json]:
    found: dict[str, Json] = {}
    for one in people.identities(world.store):
        facts = ("name", "username", "followers", "is_verified", "is_private", "picture")
        person = found.setdefault(
            one.person, {"key": one.person, **{fact: getattr(one, fact) for fact in facts}, "identities": {}}
        )
        flags = ("igsid", "commenter_id", "follows_us", "we_follow", "has_blocked_us")
        person["identities"][one.account_username] = {flag: getattr(one, flag) for flag in flags}
    return list(found.values())


def faults(world: World) -> Json:
    return {
        fault.name: {
            "on": fault.on,
            "rate": fault.rate,
            "times": fault.times,
            "only": list(fault.only),
            **fault.options,
        }
        for fault in world.faults.all()
    }


def clock(world: World) -> Json:
    return {"now": world.clock.now(), "offset_seconds": world.clock.offset_seconds}


def thread(world: World, account_name: str, person_name: str) -> Json:
    """All messages of one person and one account, oldest first, the unsent ones too."""
    account = people.account(world.store, account_name)
    person = people.identity(world.store, account.user_id, person_name) if account else None
    if account is None or person is None:
        raise Impossible(f"no such thread: {account_name} and {person_name}")
    found = messages.of_thread(world.store, account.user_id, person.igsid, unsent=True)
    return {
        "account": account.username,
        "person": person.person,
        "igsid": person.igsid,
        "last_written_at": messages.last_written_at(world.store, account.user_id, person.igsid),
        "messages": [_message(world, message) for message in reversed(found)],
    }


def messages_of(world: World, direction: str | None) -> list[Json]:
    return [asdict(message) for message in messages.every(world.store, direction)]


def _message(world: World, message: Message) -> Json:
    return {**asdict(message), "deliveries": told(world, message.mid)}


def told(world: World, ref: str) -> list[Json]:
    """The webhooks that told of a message or comment, oldest first."""
    rows = world.store.rows(
        "SELECT id, state, attempts, status, ms FROM deliveries JOIN delivery_refs"
        " ON delivery = id WHERE ref = ? GROUP BY id ORDER BY id",
        ref,
    )
    return [dict(row) for row in rows]


def comments(world: World) -> list[Json]:
    found = posts.every(world.store)
    return [{**asdict(comment), "deliveries": told(world, comment.id)} for comment in found]


def calls(world: World, wanted: Mapping[str, str]) -> list[Json]:
    rows = world.store.rows(
        "SELECT * FROM calls WHERE id > ? AND (? IS NULL OR instr(path, ?) > 0)"
        " AND (? IS NULL OR name = ?) AND (? IS NULL OR method = ?) ORDER BY id LIMIT ?",
        int(wanted.get("after", 0)),
        *(wanted.get(name) for name in ("path", "path", "name", "name", "method", "method")),
        MOST_ROWS,
    )
    return [{**dict(row), "query": json.loads(row["query"]), "body": _loaded(row["body"])} for row in rows]


def deliveries(world: World, limit: int) -> list[Json]:
    rows = world.store.rows("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?", limit)
    return [{**dict(row), "body": _loaded(bytes(row["body"]).decode())} for row in reversed(rows)]


def last_deliveries(world: World, limit: int) -> list[Json]:
    """The newest first, and what the first event of each is."""
    rows = world.store.rows(
        "SELECT id, created_at, body, events, attempts, state, status, ms FROM deliveries ORDER BY id DESC LIMIT ?",
        limit,
    )
    return [{**dict(row), "what": _what(_loaded(bytes(row["body"]).decode()))} for row in rows]


def _what(body: Json) -> str:
    """The kind of the first event in a body, in Instagram's own words."""
    entry = next(iter(body.get("entry", ())), body)
    for change in entry.get("changes", ()):
        return str(change["field"])
    for item in (*entry.get("messaging", ()), *entry.get("standby", ())):
        return next((key for key in item if key not in ("sender", "recipient", "timestamp")), "nothing")
    return str(entry.get("field", "sample"))


def last_calls(world: World, limit: int) -> list[Json]:
    """The newest first, without bodies and answers."""
    rows = world.store.rows("SELECT id, at, name, method, path, status, ms FROM calls ORDER BY id DESC LIMIT ?", limit)
    return [dict(row) for row in rows]


def age_tokens(world: World, wish: Mapping[str, Any]) -> Json:
    account = people.account(world.store, str(wish.get("account") or "our.brand"))
    if account is None:
        raise Impossible(f"no such account: {wish.get('account')}")
    now = world.clock.now()
    changes = {
        "expires_at": now + round(float(wish["expires_in"]) * 1000) if "expires_in" in wish else None,
        "issued_at": now - round(float(wish["age"]) * 1000) if "age" in wish else None,
        "is_revoked": int(bool(wish["revoked"])) if "revoked" in wish else None,
    }
    for column, value in changes.items():
        if value is not None:
            world.store.run(f"UPDATE tokens SET {column} = ? WHERE account = ?", value, account.user_id)  # noqa: S608 (our own names)
    return {
        "tokens": [dict(row) for row in world.store.rows("SELECT * FROM tokens WHERE account = ?", account.user_id)]
    }


def remove_media(world: World, url: str) -> bool:
    return assets.remove(world, url)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
