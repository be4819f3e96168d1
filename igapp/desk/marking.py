"""Marks of who was erased: hashes under a random key of our own, which is kept sealed and outlives any SECRET_KEY."""

import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa

from igapp import db
from igapp.desk import memory
from igapp.models import Setting
from igapp.vault import Unopenable, vault

SETTING = "marking_key"
KEY_BYTES = 32
"""Of chance in the key: nobody finds out by trying whom a mark stands for."""


def new_mark(text: str, now: datetime) -> str:
    """Return the mark to be stored, which tells this text from all others and does not give it away."""
    if _key() is None:
        _make_key(now)
    return marks(text)[0]


def marks(text: str) -> list[str]:
    """Return all marks that the text may be known by; before the key of our own, those of SECRET_KEY were stored."""
    key = _key()
    own = [hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()] if key else []
    return own + vault().marks(text)


def seal_again() -> None:
    """Seal the key with the newest of the vault's, so that older ones can be taken out."""
    row = db.session().get(Setting, SETTING)
    if row is not None and not vault().is_newest(row.value["value"]):
        with suppress(Unopenable):
            row.value = {"value": vault().seal_again(row.value["value"])}


def _key() -> str | None:
    """Return the key; None where there is none yet, or the vault's keys do not open it."""
    found: str | None = memory.recall(SETTING, None)
    if found is memory.MISSING:
        value = db.session().scalar(sa.select(Setting.value).where(Setting.name == SETTING))
        found = _opened(value["value"]) if value else None
        memory.remember(SETTING, None, found)
    return found


def _opened(sealed: str) -> str | None:
    with suppress(Unopenable):
        return vault().open(sealed)
    return None


def _make_key(now: datetime) -> None:
    """Make a key, unless somebody else has made one: theirs holds then."""
    sealed = vault().seal(secrets.token_urlsafe(KEY_BYTES))
    row = {"name": SETTING, "value": {"value": sealed}, "changed_at": now}
    db.session().execute(db.insert(Setting).values(row).on_conflict_do_nothing())
    memory.forget(SETTING, None)
