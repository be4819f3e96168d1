"""Codes and access tokens: given out, exchanged, refreshed."""

import json
import secrets
import sqlite3
from collections.abc import Sequence

from igapp.sandbox import ids
from igapp.sandbox.world import World

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LONG_MS = 60 * DAY_MS
LIVES = {"short": HOUR_MS, "long": LONG_MS}


def give_code(world: World, account: str, redirect_uri: str, permissions: Sequence[str]) -> str:
    """A code for one hour and one use."""
    code = "AQ" + secrets.token_urlsafe(120)
    expires_at = world.clock.now() + HOUR_MS
    values = (code, account, redirect_uri, json.dumps(permissions), expires_at)
    world.store.run("INSERT INTO codes VALUES (?, ?, ?, ?, ?, 0)", *values)
    return code


def use_code(world: World, code: str, redirect_uri: str) -> sqlite3.Row | None:
    """What the code stands for; None if it is unknown, used, too old, or for another address."""
    used = world.store.run(
        "UPDATE codes SET is_used = 1 WHERE code = ? AND redirect_uri = ? AND is_used = 0 AND expires_at > ?",
        code,
        redirect_uri,
        world.clock.now(),
    )
    return world.store.row("SELECT * FROM codes WHERE code = ?", code) if used.rowcount else None


def give(world: World, account: str, kind: str, permissions: str) -> tuple[str, int]:
    """A new token and its life in seconds; `permissions` as JSON."""
    token, now = ids.token(), world.clock.now()
    world.store.run(
        "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, 0)",
        token,
        account,
        kind,
        now,
        now + LIVES[kind],
        permissions,
    )
    return token, LIVES[kind] // 1000


def find(world: World, token: str) -> sqlite3.Row | None:
    return world.store.row("SELECT * FROM tokens WHERE token = ?", token)
