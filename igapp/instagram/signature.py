"""Who signed a delivery: Meta's X-Hub-Signature-256 over the raw bytes (SPEC 2.1)."""

import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "sha256="


def is_valid(body: bytes, header: str | None, secrets: Iterable[str]) -> bool:
    """Tell in constant time whether one of the app's secrets signed exactly these bytes.

    Several secrets may be valid at once: while one is rotated, and because an Instagram app has two.
    """
    given = (header or "").encode("utf-8", "replace")
    answers = [hmac.compare_digest(given, sign(body, secret).encode()) for secret in secrets]
    return any(answers)


def sign(body: bytes, secret: str) -> str:
    """Return the header that Meta sends with these bytes."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
