"""How open pages learn what changed: a sequence number to start from, and polling where no socket connects."""

import re

from flask import Blueprint, Flask, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError

from igapp import bell, redislink
from igapp.models import Role
from igapp.web import answers, guards
from igapp.web.hub import Listener
from igapp.web.presence import Roll

bp = Blueprint("live", __name__)

FOR_MONITORS = ("health", "metrics")
"""What monitors ask is answered whatever becomes of Redis."""

_NUMBER = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")

Missed = tuple[str, list[str] | None]
"""Where the bell is now, and what rang of what is watched; None where everything may have."""


def init_app(app: Flask) -> None:
    """Have each page know where the bell stood; call it before anything that reads what a page shows."""
    app.before_request(_note_newest_ring)


def newest_ring() -> str:
    """Return the sequence number that a page starts from; without one it fetches everything once it is connected.

    It is read before what the page shows: what changes while the page is painted rings after it, and is not missed.
    """
    found: str = g.get("newest_ring", "")
    return found


def missed(listener: Listener, since: str) -> Missed:
    """Return what a page that was last told of `since` has missed; raises RedisError."""
    redis = redislink.quick()
    at = bell.newest(redis)
    if since == at:
        return at, []
    rings = bell.missed(redis, since) if is_number(since) else None
    if rings is None:
        return at, None
    return (rings[-1][0] if rings else at), listener.wants({topic for _number, topic in rings})


def is_number(since: str) -> bool:
    """Whether it is a sequence number of the bell."""
    return _NUMBER.fullmatch(since) is not None


def roll() -> Roll:
    """Return the process's roll of who is there."""
    found: Roll = current_app.extensions["roll"]
    return found


@bp.get("/live/poll")
@guards.may(Role.AGENT)
def poll() -> ResponseReturnValue:
    """What rang since; everything where that cannot be known."""
    me = guards.me()
    listener = Listener(None, me.id)
    listener.watch(request.args.get("watch", "").split())
    if request.args.get("presence") == "desk":
        roll().heard_from(me.id)
    try:
        at, topics = missed(listener, request.args.get("since", ""))
    except RedisError:
        at, topics = "", None
    return jsonify(at=at, topics=topics or [], everything=topics is None)


def _note_newest_ring() -> None:
    """Set each time, since threads keep their context; fragments and files start from no number."""
    is_page = "text/html" in request.headers.get("Accept", "") and not answers.is_fragment()
    g.newest_ring = _newest() if is_page and request.blueprint not in FOR_MONITORS else ""


def _newest() -> str:
    try:
        return bell.newest(redislink.quick())
    except RedisError:
        return ""
