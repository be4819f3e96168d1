"""Media of the platform's CDN: signed addresses, made pictures and films, kept uploads."""

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from igapp.sandbox import ids
from igapp.sandbox.world import World

STORY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Asset:
    """One file at the CDN. Without a body of its own it is made when it is asked for."""

    id: str
    kind: str
    content_type: str | None
    body: bytes | None
    is_story: bool
    is_gone: bool


def make(world: World, kind: str, *, is_story: bool = False, at: int | None = None) -> str:
    """The address of a new file of that kind; a story's works for 24 hours."""
    ends = (at or world.clock.now()) + STORY_MS if is_story else None
    return _add(world, kind, is_story=is_story, expires_at=ends)


def keep(world: World, kind: str, content_type: str, body: bytes) -> str:
    """The address of a file that was uploaded."""
    return _add(world, kind, content_type=content_type, body=body)


def find(world: World, asset_id: str, signature: str) -> Asset | None:
    row = world.store.row("SELECT * FROM assets WHERE id = ?", asset_id)
    if row is None or not secrets.compare_digest(row["signature"], signature):
        return None
    is_over = row["expires_at"] is not None and row["expires_at"] < world.clock.now()
    is_gone = bool(row["is_gone"]) or is_over
    return Asset(row["id"], row["kind"], row["content_type"], row["body"], bool(row["is_story"]), is_gone)


def remove(world: World, url: str) -> bool:
    """Deleted by its owner: the address answers 404 from now on. False if there is no such file."""
    asset_id = parse_qs(urlsplit(url).query).get("asset_id", [""])[0]
    return world.store.run("UPDATE assets SET is_gone = 1 WHERE id = ?", asset_id).rowcount == 1


def _add(
    world: World,
    kind: str,
    *,
    content_type: str | None = None,
    body: bytes | None = None,
    is_story: bool = False,
    expires_at: int | None = None,
) -> str:
    asset_id, signature = ids.number("179", 16), secrets.token_urlsafe(24)
    world.store.run(
        "INSERT INTO assets VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        asset_id,
        kind,
        signature,
        content_type,
        body,
        int(is_story),
        expires_at,
    )
    return f"{world.base}/ig_messaging_cdn/?asset_id={asset_id}&signature={signature}"
