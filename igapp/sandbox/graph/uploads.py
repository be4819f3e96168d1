"""Attachments of what is sent: their files are really fetched, judged and kept."""

from http import HTTPStatus
from typing import Any

import urllib3

from igapp.sandbox import assets, posts
from igapp.sandbox.graph import access, errors
from igapp.sandbox.people import Account
from igapp.sandbox.world import World

Attachments = list[dict[str, Any]]
MEGABYTE = 1024 * 1024
MOST_IMAGES = 10
TIMEOUT_SECONDS = 6.0
REDIRECTS = urllib3.Retry(total=2, connect=0, read=0, redirect=2)
LIMITS: dict[str, tuple[int, frozenset[str]]] = {
    "image": (8 * MEGABYTE, frozenset({"image/png", "image/jpeg", "image/gif"})),
    "video": (
        25 * MEGABYTE,
        frozenset({"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"}),
    ),
    "audio": (
        25 * MEGABYTE,
        frozenset({"audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mpeg"}),
    ),
    "file": (25 * MEGABYTE, frozenset({"application/pdf"})),
}
FIRST_BYTES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "application/pdf": b"%PDF",
}
_pool = urllib3.PoolManager(num_pools=4, maxsize=8)


def take(world: World, account: Account, given: list[Any]) -> Attachments:
    """The attachments as webhooks show them. Raises GraphError where one cannot be taken."""
    wanted = [access.structured(one) for one in given]
    if len(wanted) > 1:
        _check_many(world, wanted)
    return [_one(world, account, one) for one in wanted]


def _check_many(world: World, wanted: Attachments) -> None:
    if world.faults.strikes("no_multi_image"):
        raise errors.no_multi_image()
    if len(wanted) > MOST_IMAGES or any(one.get("type") != "image" for one in wanted):
        raise errors.bad_parameter("Param message[attachments] takes up to 10 images")


def _one(world: World, account: Account, wanted: dict[str, Any]) -> dict[str, Any]:
    kind, payload = wanted.get("type"), wanted.get("payload") or {}
    if kind == "like_heart":
        return {"type": "like_heart"}
    if kind == "MEDIA_SHARE":
        return _own_post(world, account, str(payload.get("id", "")))
    if kind not in LIMITS:
        raise errors.bad_parameter(f"Param message[attachment][type] does not know {kind}")
    content_type, body = _fetched(kind, str(payload.get("url", "")))
    return {"type": kind, "payload": {"url": assets.keep(world, kind, content_type, body)}}


def _own_post(world: World, account: Account, post_id: str) -> dict[str, Any]:
    post = posts.post(world.store, post_id)
    if post is None or post.account != account.user_id:
        raise errors.bad_parameter("The media is not owned by this account")
    address = assets.make(world, "image")
    return {
        "type": "ig_post",
        "payload": {"ig_post_media_id": post.id, "title": post.caption, "url": address},
    }


def _fetched(kind: str, url: str) -> tuple[str, bytes]:
    most, types = LIMITS[kind]
    try:
        answer = _pool.request("GET", url, timeout=TIMEOUT_SECONDS, retries=REDIRECTS, preload_content=False)
        body = answer.read(most + 1)
        answer.release_conn()
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise errors.upload_failed() from error
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_right = answer.status == HTTPStatus.OK and content_type in types and len(body) <= most
    if not is_right or not body.startswith(FIRST_BYTES.get(content_type, b"")):
        raise errors.upload_failed()
    return content_type, body
