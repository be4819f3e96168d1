"""The vault: what is secret is stored sealed, with keys derived from SECRET_KEY.

The first key seals, all of them open, so that keys can be changed while old secrets still open.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

PURPOSE = b"igapp: what is stored sealed"
"""Binds the derived keys to this use: the same SECRET_KEY signs sessions, with other keys."""
MARKING = b"igapp: marks of what must not be known"
KEY_BYTES = 32
"""Of a derived key, as Fernet needs them."""


class Unopenable(Exception):
    """None of the keys in use opens what was sealed."""


class Vault:
    """Seals and opens short texts."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(_derived(key)) for key in secret_keys])
        self._first = Fernet(_derived(secret_keys[0]))
        self._marking = [_derived(key, MARKING) for key in secret_keys]

    def seal(self, secret: str) -> str:
        """Return the secret sealed with the first key; each time another text."""
        return self._keys.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret; raises Unopenable."""
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unopenable from None

    def seal_again(self, sealed: str) -> str:
        """Return the same secret sealed with the first key; raises Unopenable."""
        try:
            return self._keys.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise Unopenable from None

    def is_newest(self, sealed: str) -> bool:
        """Whether the first key sealed it."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def marks(self, text: str) -> list[str]:
        """Return marks that tell this text from all others and do not give it away; they end with their keys."""
        return [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in self._marking]


def vault() -> Vault:
    """Return the current app's vault."""
    found: Vault = current_app.extensions["vault"]
    return found


def _derived(secret_key: str, purpose: bytes = PURPOSE) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose)
    return base64.urlsafe_b64encode(derive.derive(secret_key.encode()))
