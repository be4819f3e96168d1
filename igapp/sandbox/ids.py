"""Identifiers of the shapes that Instagram gives out: long digits, longer opaque strings."""

import base64
import itertools
import secrets
import threading

_numbers = itertools.count(secrets.randbelow(10**9))
_lock = threading.Lock()


def number(prefix: str = "179", digits: int = 17) -> str:
    """A decimal id of so many digits that was not given before in this process."""
    with _lock:
        following = next(_numbers)
    tail = digits - len(prefix)
    spread = (following * 1_000_003 + 7) % 10**tail
    return f"{prefix}{spread:0{tail}d}"


def message_id(account: str, igsid: str) -> str:
    """An opaque message id of about 160 characters, as webhooks and the Graph API name messages."""
    plain = f"ig_dm_item:1:IGMessageID:{account}:{igsid}:{number('3', 30)}:{secrets.token_hex(12)}"
    return base64.b64encode(plain.encode()).decode().replace("=", "ZD")


def conversation_id(account: str, igsid: str) -> str:
    """The id of the thread of one account and one person: always the same one."""
    plain = f"ig_dm_thread:{account}:{igsid}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def thread_of(conversation: str) -> tuple[str, str] | None:
    """The account and the person's id in a conversation's id, or None if it is no such id."""
    try:
        padded = conversation + "=" * (-len(conversation) % 4)
        kind, account, igsid = base64.urlsafe_b64decode(padded).decode("ascii").split(":")
    except ValueError:
        return None
    return (account, igsid) if kind == "ig_dm_thread" else None


def trace() -> str:
    """What Meta calls `fbtrace_id`."""
    return "A" + secrets.token_urlsafe(17)


def token() -> str:
    return "IGAA" + secrets.token_urlsafe(96)
