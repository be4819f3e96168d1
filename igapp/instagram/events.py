"""The one parser of deliveries: every envelope of Meta's becomes a list of events; it never raises.

It takes `messaging`, `standby`, `changes`, the flat form, the dashboard's tests, and all of them at once.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from igapp.instagram import keys, shapes
from igapp.instagram import tolerant as read
from igapp.instagram.contents import Content, Message, Test, Unknown, Unreadable

Json = Mapping[str, Any]

OBJECT = "instagram"
GAP, HISTORY = RECOVERED = ("gap", "history")
TEST_ACCOUNT = "0"
"""The account that the dashboard's sample bodies name."""
COMMENT_FIELDS = ("comments", "live_comments")
MESSAGING_FIELDS = (
    "messages", "message_reactions", "messaging_reactions", "messaging_seen", "messaging_postbacks",
    "messaging_referral", "messaging_referrals", "message_edit", "messaging_handover", "standby",
    "message_echoes",
)  # fmt: skip

_ENTRY_KEYS = {"id", "time", "uid", "field", "value"}


@dataclass(frozen=True)
class WireEvent:
    """One event of a delivery. `account_id` is the id by which Meta names the account."""

    account_id: str
    content: Content
    at: datetime | None = None
    """The platform's time, where it said one."""
    sender_id: str | None = None
    recipient_id: str | None = None
    is_echo: bool = False
    is_standby: bool = False
    object: str = OBJECT
    recovered: str | None = None
    """What no webhook told of: "gap", or "history" from before the account was connected."""
    raw: Any = None
    """The event's own JSON with its envelope."""

    @cached_property
    def is_ours(self) -> bool:
        """Whether the company is the author; ids decide, Meta's flag only where they do not."""
        if self.account_id in (self.sender_id, self.recipient_id):
            return self.sender_id == self.account_id
        return self.is_echo

    @cached_property
    def customer_id(self) -> str | None:
        """The one of sender and recipient who is not the account."""
        return self.recipient_id if self.is_ours else self.sender_id

    @cached_property
    def key(self) -> str:
        """What is equal in every delivery of the same event, and in no other event of the account."""
        key = keys.of(self.content, self.sender_id, self.at, self.body)
        return key if self.object == OBJECT else f"{self.object}/{key}"

    @property
    def kind(self) -> str:
        """A word for the ledger."""
        is_echo = self.is_ours and isinstance(self.content, Message)
        return "echo" if is_echo else keys.word_for(self.content)

    @cached_property
    def body(self) -> str:
        """The event's own JSON; parse() makes the same event of it."""
        return self.raw if isinstance(self.raw, str) else json.dumps(self.raw, separators=(",", ":"))

    def lane(self, lanes: int) -> int:
        """Return the lane of everything between this account and this customer."""
        return zlib.crc32(f"{self.account_id}:{self.customer_id}".encode()) % lanes


def parse(raw: bytes | str) -> list[WireEvent]:
    """Return the events of a delivery's body, in its order; bytes that are no JSON are one Unreadable."""
    try:
        return [event for body in read.listed(read.loads(raw)) for event in _of_body(body)]
    except ValueError:
        return [unreadable(raw)]


def unreadable(raw: bytes | str) -> WireEvent:
    """Return the event that stands for a delivery which nobody can read."""
    text = raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw
    return WireEvent("", Unreadable(), raw=text.replace("\0", "\\0"))


def _of_body(body: Any) -> Iterator[WireEvent]:
    body = read.mapping(body)
    if "entry" not in body and ("field" in body or "sample" in body):
        yield WireEvent(TEST_ACCOUNT, Test(), raw=body)
    named = (read.text(body.get("object")) or OBJECT)[:60]
    recovered = body.get("recovered") if body.get("recovered") in RECOVERED else None
    for entry in read.listed(body.get("entry")):
        yield from _of_entry({"object": named, "recovered": recovered}, read.mapping(entry))


def _of_entry(named: Json, entry: Json) -> Iterator[WireEvent]:
    head = {**named, "id": read.identifier(entry.get("id")) or "", "time": entry.get("time")}
    if "field" in entry:
        yield _of_change(head, entry, None)
    for key, values in entry.items():
        if key in _ENTRY_KEYS or not isinstance(values, dict | list):
            continue
        for value in read.listed(values):
            yield _of_change(head, value, key) if key == "changes" else _of_item(head, value, key)


def _of_change(head: Json, change: Any, key: str | None) -> WireEvent:
    """Read {"field", "value"}; without a key, the entry itself is the change."""
    change = read.mapping(change)
    field, value = (read.text(change.get("field")) or "")[:100], change.get("value")
    raw = _raw(head, {key: [change]} if key else {"field": change.get("field"), "value": value})
    if field in MESSAGING_FIELDS and isinstance(value, dict):
        return _messaging(head, value, raw, is_standby=field == "standby")
    if field in COMMENT_FIELDS and isinstance(value, dict):
        comment = shapes.comment(value, is_live=field == "live_comments")
        at = read.moment(value.get("timestamp")) or read.moment(value.get("created_time"))
        return _event(head, raw, comment, at=at, sender_id=comment.author_id)
    return _event(head, raw, Unknown(field or "changes"))


def _of_item(head: Json, item: Any, key: str) -> WireEvent:
    raw = _raw(head, {key: [item]})
    if key in ("messaging", "standby") and isinstance(item, dict):
        return _messaging(head, item, raw, is_standby=key == "standby")
    return _event(head, raw, Unknown(read.clean(key)[:100]))


def _messaging(head: Json, item: Json, raw: Json, *, is_standby: bool) -> WireEvent:
    return _event(
        head,
        raw,
        shapes.messaging(item),
        at=read.moment(item.get("timestamp")),
        sender_id=read.party(item.get("sender")),
        recipient_id=read.party(item.get("recipient")),
        is_echo=read.flag(read.mapping(item.get("message")).get("is_echo")),
        is_standby=is_standby,
    )


def _raw(head: Json, item: Json) -> Json:
    marked = {"recovered": head["recovered"]} if head["recovered"] else {}
    return {"object": head["object"], **marked, "entry": [{"id": head["id"], "time": head["time"], **item}]}


def _event(head: Json, raw: Json, content: Content, at: datetime | None = None, **who: Any) -> WireEvent:
    is_test = head["id"] == TEST_ACCOUNT and head["object"] == OBJECT
    return WireEvent(
        account_id=head["id"],
        content=Test() if is_test else content,
        at=at or read.moment(head["time"]),
        object=head["object"],
        recovered=head["recovered"],
        raw=raw,
        **who,
    )
