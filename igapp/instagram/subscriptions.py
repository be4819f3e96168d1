"""Which of an account's events Instagram tells us of: asked for, and read back (META 2.4, L8)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from igapp.instagram import errors, graph, tolerant

log = logging.getLogger(__name__)

FIELDS = (
    "messages",
    "message_reactions",
    "messaging_seen",
    "messaging_postbacks",
    "messaging_referral",
    "message_edit",
    "message_echoes",
    "comments",
    "live_comments",
    "messaging_handover",
    "standby",
)
"""What we want to be told of (META 2.4)."""
OPTIONAL_FIELDS = ("message_echoes",)
"""Some accounts refuse these with error 100; echoes then come with "messages"."""
NEEDED_FIELDS = frozenset(FIELDS) - frozenset(OPTIONAL_FIELDS) - {"messaging_handover", "standby"}


@dataclass(frozen=True)
class Subscription:
    """Which events Instagram tells us of, read back from it."""

    fields: Sequence[str]
    problem: str | None


def subscribe(token: str) -> Subscription:
    """Subscribe the account to our fields and read back what it is subscribed to (L8); raises TokenRefused."""
    try:
        _ask_for(token, FIELDS)
        return read(token)
    except errors.TokenRefused:
        raise
    except errors.CallFailed as error:
        log.warning("subscription_failed code=%s", error.code)
        return Subscription((), f"Instagram does not tell us of new messages: {error.sentence}")


def read(token: str) -> Subscription:
    """Return which fields Instagram says it is subscribed to; raises CallFailed."""
    rows = graph.client().get(token, "me/subscribed_apps").rows()
    listed = [value for row in rows for value in tolerant.listed(row.get("subscribed_fields"))]
    fields = {field for value in listed if (field := _name(value))}
    missing = sorted(NEEDED_FIELDS - fields)
    problem = f"Instagram does not tell us of: {', '.join(missing)}." if missing else None
    return Subscription(sorted(fields), problem)


def unsubscribe(token: str) -> None:
    """Stop the account's events; raises CallFailed."""
    graph.client().delete(token, "me/subscribed_apps")


def _ask_for(token: str, fields: Sequence[str]) -> None:
    try:
        graph.client().post(token, "me/subscribed_apps", subscribed_fields=",".join(fields))
    except errors.Refused as error:
        fewer = [field for field in fields if field not in OPTIONAL_FIELDS]
        if not (error.code or "").startswith("100") or len(fewer) == len(fields):
            raise
        _ask_for(token, fewer)


def _name(value: object) -> str | None:
    """Return a field's name; Meta lists names, or objects that have one."""
    return tolerant.text(value.get("name")) if isinstance(value, dict) else tolerant.text(value)
