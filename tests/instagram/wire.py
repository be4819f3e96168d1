"""Small bodies in Meta's shapes, signed as Meta signs them."""

import json
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from igapp import db
from igapp.instagram.signature import sign
from launching.product import SANDBOX_APP

ACCOUNT = "17841400000000001"
OTHER_ID = "6100000000000001"
"""The same account's id elsewhere."""
LENA = "910000000000001"
ANA = "910000000000002"
SECRET = SANDBOX_APP["INSTAGRAM_APP_SECRET"]
START = 1_790_000_000_000
"""Milliseconds; September 2026."""

_mids = count(1)

Json = dict[str, Any]


def mid() -> str:
    """Returns a new message id, as long and opaque as Meta's."""
    return f"aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOOjE3ODQx{next(_mids):08}ZAZD"


def item(sender: str = LENA, at: int = START, **what: Any) -> Json:
    """A `messaging` item from a customer."""
    return {"sender": {"id": sender}, "recipient": {"id": ACCOUNT}, "timestamp": at, **what}


def own_item(customer: str = LENA, at: int = START, **what: Any) -> Json:
    """A `messaging` item from the account."""
    return {"sender": {"id": ACCOUNT}, "recipient": {"id": customer}, "timestamp": at, **what}


def text(words: str = "Is the green couch back?", sender: str = LENA, at: int = START, name: str | None = None) -> Json:
    return item(sender, at, message={"mid": name or mid(), "text": words})


def echo(words: str = "We ship on Monday.", customer: str = LENA, at: int = START, name: str | None = None) -> Json:
    return own_item(customer, at, message={"mid": name or mid(), "text": words, "is_echo": True})


def attached(*attachments: Json, sender: str = LENA, at: int = START, **more: Any) -> Json:
    return item(sender, at, message={"mid": mid(), "attachments": list(attachments), **more})


def comment(name: str = "17900000000000010", author: str = LENA, words: str = "Price?", **more: Any) -> Json:
    """The value of a `comments` change."""
    media = {"id": "17918195224117851", "media_product_type": "FEED"}
    return {"id": name, "from": {"id": author, "username": "lena.fischer"}, "text": words, "media": media} | more


def body(*items: Any, account: str = ACCOUNT, key: str = "messaging", at: int = START) -> Json:
    """A delivery with one entry."""
    return {"object": "instagram", "entry": [{"id": account, "time": at, key: list(items)}]}


def change(value: Json, field: str = "comments", account: str = ACCOUNT, at: int = START // 1000) -> Json:
    """A delivery with one change."""
    return body({"field": field, "value": value}, account=account, key="changes", at=at)


def written(value: Any) -> bytes:
    """JSON with every slash and every non-ASCII character escaped, as Meta writes it."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def post(client: FlaskClient, value: Any, secret: str = SECRET) -> TestResponse:
    """Delivers a body (bytes as they are, anything else as JSON), signed."""
    raw = value if isinstance(value, bytes) else written(value)
    answer = client.post("/webhooks/instagram", data=raw, headers={"X-Hub-Signature-256": sign(raw, secret)})
    db.start_reading()  # the request has set it otherwise, and tests look while others write
    return answer


def send(client: FlaskClient, value: Any) -> None:
    """Delivers a body that must be taken in."""
    assert post(client, value).status_code == 200
