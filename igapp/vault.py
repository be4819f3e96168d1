"""The vault: what is secret is stored sealed, with keys derived from SECRET_KEY.

The first key seals, all of them open, so that keys can be changed while old secrets still open.
"""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

PURPOSE = b"igapp: what is stored sealed"
"""Binds the derived keys to this use: the same SECRET_KEY signs sessions, with other keys."""
KEY_BYTES = 32


class Unopenable(Exception):
    """None of the keys in use opens what was sealed."""


class Vault:
    """Seals and opens short texts."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(_derived(key)) for key in secret_keys])

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


def vault() -> Vault:
    """Return the current app's vault."""
    found: Vault = current_app.extensions["vault"]
    return found


def _derived(secret_key: str) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derive.derive(secret_key.encode()))
