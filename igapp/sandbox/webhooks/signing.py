"""Bodies as Meta writes and signs them, and the `signed_request` of its callbacks."""

import base64
import hashlib
import hmac
import json
from typing import Any


def written(body: Any) -> bytes:
    """JSON as it goes over the wire: every non-ASCII character and every slash escaped.

    The signature is over these bytes, so a receiver that parses and writes again gets it wrong.
    """
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def headers(body: bytes, secret: str) -> dict[str, str]:
    key = secret.encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Webhooks/1.0 (https://fb.me/webhooks)",
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
    }


def signed_request(user_id: str, issued_at: int, secret: str) -> str:
    """`base64url(signature).base64url(json)`, the signature over the encoded half."""
    facts = {"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user_id}
    payload = _encoded(json.dumps(facts).encode())
    signature = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return f"{_encoded(signature)}.{payload}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
