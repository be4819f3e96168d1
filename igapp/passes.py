"""Passes: addresses that let anybody in for a while, signed with SECRET_KEY, such as those of pictures for Meta."""

from datetime import datetime

from flask import current_app
from itsdangerous import BadSignature, Signer

from igapp.config import Config

SALT = "igapp: passes"
"""Binds the signature to this use: sessions are signed with the same key."""
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}


def picture_url(key: str, content_type: str | None, until: datetime) -> str:
    """Return the address at which anybody can fetch a stored picture until then; its name is plain ASCII."""
    config: Config = current_app.extensions["config"]
    return f"{config.public_url}/media/{signed(key, until)}/picture.{EXTENSIONS.get(content_type or '', 'jpg')}"


def signed(key: str, until: datetime) -> str:
    """Return a pass for `key` that ends at `until`."""
    return _signer().sign(f"{int(until.timestamp())}.{key}").decode()


def opened(text: str, now: datetime) -> str | None:
    """Return what a pass stands for; None where it is forged or over."""
    try:
        until, _, key = _signer().unsign(text).decode().partition(".")
    except (BadSignature, UnicodeError):
        return None
    return key if int(until) > now.timestamp() else None


def _signer() -> Signer:
    """The first key signs, all of them are believed."""
    config: Config = current_app.extensions["config"]
    return Signer(list(reversed(config.secret_keys)), salt=SALT)
