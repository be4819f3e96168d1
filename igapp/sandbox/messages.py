"""Messages as the platform keeps them: one row each, both directions, with what became of them."""

import json
from dataclasses import dataclass, field
from typing import Any

from igapp.sandbox.store import Store


@dataclass(frozen=True)
class Message:
    """A direct message. `direction` is "in" from a person, "out" from the account; `via` is
    "person", "app" (someone in the Instagram app), "api" or "private_reply".
    """

    mid: str
    account: str
    igsid: str
    direction: str
    via: str
    at: int
    text: str | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)
    reactions: dict[str, Any] = field(default_factory=dict)
    tag: str | None = None
    comment_id: str | None = None
    edits: int = 0
    is_deleted: bool = False
    read_at: int | None = None


_JSON = ("attachments", "extras", "reactions")


def add(store: Store, message: Message) -> None:
    values = [
        json.dumps(getattr(message, name)) if name in _JSON else getattr(message, name)
        for name in Message.__dataclass_fields__
    ]
    marks = ", ".join("?" * len(values))
    names = ", ".join(Message.__dataclass_fields__)
    store.run(f"INSERT INTO messages ({names}) VALUES ({marks})", *values)  # noqa: S608 (our own names)


def get(store: Store, mid: str) -> Message | None:
    row = store.row("SELECT * FROM messages WHERE mid = ?", mid)
    return _message(row) if row else None


def of_thread(
    store: Store, account: str, igsid: str, limit: int = -1, skip: int = 0, *, unsent: bool = False
) -> list[Message]:
    """Newest first; the unsent ones only when asked for."""
    rows = store.rows(
        "SELECT * FROM messages WHERE account = ? AND igsid = ? AND (is_deleted = 0 OR ?)"
        " ORDER BY at DESC, rowid DESC LIMIT ? OFFSET ?",
        account,
        igsid,
        int(unsent),
        limit,
        skip,
    )
    return [_message(row) for row in rows]


def every(store: Store, direction: str | None = None) -> list[Message]:
    """Of all threads, oldest first."""
    rows = store.rows(
        "SELECT * FROM messages WHERE ? IS NULL OR direction = ? ORDER BY at, rowid", direction, direction
    )
    return [_message(row) for row in rows]


def newer(store: Store, message: Message) -> int:
    """How many messages of the same thread came after this one."""
    return int(
        store.value(
            "SELECT count(*) FROM messages WHERE account = ? AND igsid = ? AND at > ? AND is_deleted = 0",
            message.account,
            message.igsid,
            message.at,
        )
    )


def last(store: Store, account: str, igsid: str, direction: str) -> Message | None:
    row = store.row(
        "SELECT * FROM messages WHERE account = ? AND igsid = ? AND direction = ?"
        " AND is_deleted = 0 ORDER BY at DESC, rowid DESC LIMIT 1",
        account,
        igsid,
        direction,
    )
    return _message(row) if row else None


def last_written_at(store: Store, account: str, igsid: str) -> int | None:
    """When the person last wrote, in milliseconds: what opens the window for answers."""
    at: int | None = store.value(
        "SELECT max(at) FROM messages WHERE account = ? AND igsid = ? AND direction = 'in'",
        account,
        igsid,
    )
    return at


def threads(store: Store, account: str, igsid: str | None = None) -> list[tuple[str, int]]:
    """Who has a conversation with the account, and when it last changed, newest first."""
    rows = store.rows(
        "SELECT igsid, max(at) AS at FROM messages WHERE account = ? AND (? IS NULL OR igsid = ?)"
        " GROUP BY igsid ORDER BY max(at) DESC",
        account,
        igsid,
        igsid,
    )
    return [(row["igsid"], row["at"]) for row in rows]


def unsend(store: Store, mid: str) -> None:
    store.run(
        "UPDATE messages SET is_deleted = 1, text = NULL, attachments = '[]', extras = '{}' WHERE mid = ?",
        mid,
    )


def edit(store: Store, mid: str, text: str) -> int:
    """The new text; answers how often it was edited by now."""
    store.run("UPDATE messages SET text = ?, edits = edits + 1 WHERE mid = ?", text, mid)
    return int(store.value("SELECT edits FROM messages WHERE mid = ?", mid))


def react(store: Store, message: Message, who: str, reaction: dict[str, str] | None) -> None:
    """A person's or the account's reaction replaces their former one; None takes it away."""
    reactions = {key: value for key, value in message.reactions.items() if key != who}
    if reaction:
        reactions[who] = reaction
    store.run("UPDATE messages SET reactions = ? WHERE mid = ?", json.dumps(reactions), message.mid)


def read(store: Store, message: Message, at: int) -> None:
    """Everything that the account sent up to this message is seen."""
    store.run(
        "UPDATE messages SET read_at = ? WHERE account = ? AND igsid = ? AND direction = 'out'"
        " AND at <= ? AND read_at IS NULL",
        at,
        message.account,
        message.igsid,
        message.at,
    )


def _message(row: Any) -> Message:
    values = dict(row)
    for name in _JSON:
        values[name] = json.loads(values[name])
    return Message(**{**values, "is_deleted": bool(values["is_deleted"])})
