"""Deliveries as Meta makes them: bodies, signed, and the very bytes of their requests, all made beforehand."""

import hashlib
import hmac
import json
import random
import time
from collections.abc import Sequence
from itertools import count
from typing import Any

from launching.product import SANDBOX_APP

ACCOUNT = "17841400000000042"
"""The account that the deliveries are for."""
COMMENTER = "9100099999999999"
"""Who writes half of the comments."""
TEXT = "Hello, I ordered a blue vase last week and nobody told me when it will be here. Can you help me? " * 6
"""About 600 bytes; with Meta's long ids a body of one event has about 1 KB."""

_numbers = count(random.randrange(10**9) * 10**6)


def text_event(customer: int) -> dict[str, Any]:
    """Return a text message from one of many customers, with a message id of its own."""
    number = next(_numbers)
    return {
        "sender": {"id": f"90000{customer:011}"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000),
        "message": {"mid": f"aWdfZAG1faXRlbToxOklHTWVzc2FnZA{number:0120}", "text": TEXT},
    }


def comment(number: int) -> bytes:
    """Return the body of a delivery of a comment on one post, every second one by the same person."""
    author = COMMENTER if number % 2 else f"91000{number:011}"
    value = {
        "id": f"1790000000{next(_numbers)}",
        "from": {"id": author, "username": "lena.fischer"},
        "media": {"id": "17918195224117851", "media_product_type": "FEED"},
        "text": f"{number}: what does the blue vase cost?",
    }
    change = {"id": ACCOUNT, "time": int(time.time()), "changes": [{"field": "comments", "value": value}]}
    return json.dumps({"object": "instagram", "entry": [change]}, separators=(",", ":")).encode()


def body(events: Sequence[dict[str, Any]]) -> bytes:
    """Return the body of a delivery of some events."""
    entry = {"id": ACCOUNT, "time": int(time.time() * 1000), "messaging": list(events)}
    return json.dumps({"object": "instagram", "entry": [entry]}, separators=(",", ":")).encode()


def request(raw: bytes, path: str = "/webhooks/instagram") -> bytes:
    """Return the request that delivers a body, signed, on a connection that stays open."""
    signature = hmac.new(SANDBOX_APP["INSTAGRAM_APP_SECRET"].encode(), raw, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Webhooks/1.0\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nX-Hub-Signature-256: sha256={signature}\r\n"
        f"Content-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


def requests(number: int, customers: int = 1000, events: int = 1) -> list[bytes]:
    """Return so many deliveries of so many events each."""
    return [
        request(body([text_event((at * events + one) % customers) for one in range(events)])) for at in range(number)
    ]
