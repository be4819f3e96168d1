"""Wraps events into webhook bodies, in every envelope that Instagram has been seen to use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LIST_FIELDS = frozenset({"comments", "live_comments", "mentions", "story_insights"})
ENVELOPES = ("messaging", "standby", "changes", "flat", "test", "sample")
MOST_PER_BODY = 1000


@dataclass(frozen=True)
class Event:
    """Something to tell the product: a `messaging` item, or the `value` of a comment's change."""

    account: str
    field: str
    value: dict[str, Any]
    at: int
    ref: str
    key: str = "messaging"

    @property
    def is_change(self) -> bool:
        return self.field in LIST_FIELDS


def bodies(events: Sequence[Event], envelope: str, together: bool) -> list[tuple[Any, list[Event]]]:
    """Pairs of a body and the events in it: one each, or as few bodies as 1000 per body allow."""
    size = MOST_PER_BODY if together and envelope not in ("test", "sample") else 1
    parts = [list(events[at : at + size]) for at in range(0, len(events), size)]
    return [(_body(part, envelope), part) for part in parts]


def _body(events: list[Event], envelope: str) -> dict[str, Any]:
    if envelope == "test":
        return {"field": events[0].field, "value": events[0].value}
    if envelope == "sample":
        return {"sample": {"field": events[0].field, "value": events[0].value}}
    if envelope == "flat":
        return _object([_flat(event) for event in events])
    return _object(_entries(events, envelope))


def _object(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "instagram", "entry": entries}


def _flat(event: Event) -> dict[str, Any]:
    return {
        "id": event.account,
        "time": _time(event),
        "field": event.field,
        "value": event.value,
    }


def _entries(events: list[Event], envelope: str) -> list[dict[str, Any]]:
    """One entry for each account and kind of list, in the order of the first event of each."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        key = "changes" if event.is_change or envelope == "changes" else _key(event, envelope)
        entry = entries.setdefault((event.account, key), {"time": _time(event), "id": event.account, key: []})
        entry[key].append(_change(event) if key == "changes" else event.value)
    return list(entries.values())


def _key(event: Event, envelope: str) -> str:
    return "standby" if envelope == "standby" else event.key


def _change(event: Event) -> dict[str, Any]:
    return {"field": event.field, "value": event.value}


def _time(event: Event) -> int:
    """Milliseconds in the envelopes of messages, seconds in those of comments."""
    return event.at // 1000 if event.is_change else event.at
