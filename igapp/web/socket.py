"""The websocket: pages say what they watch and that they are there; we say what rang."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, request
from flask_sock import Sock
from redis.exceptions import RedisError

from igapp import db
from igapp.models import Role
from igapp.web import answers, guards, live
from igapp.web.hub import TRY_AGAIN, Hub, Listener

log = structlog.get_logger(__name__)

PING_SECONDS = 25
"""Routers cut what is silent for 55 s."""
LARGEST_MESSAGE = 16_384
"""Bytes; pages say little."""
GOING_AWAY = 1001
"""Close code of a server that stops (RFC 6455)."""

sock = Sock()
_hubs: list[Hub] = []


def init_app(app: Flask) -> None:
    """Open the socket's door."""
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": LARGEST_MESSAGE}
    app.extensions["hub"] = Hub(app.extensions["redis"])
    _hubs.append(app.extensions["hub"])
    app.wsgi_app = _uncompressed(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_check_origin)
    sock.init_app(app)


def close_all_sockets() -> None:
    """Close every socket of this process, which is about to stop; pages come back elsewhere."""
    for hub in _hubs:
        hub.close_all(GOING_AWAY, "restarting")


@sock.route("/live")  # type: ignore[untyped-decorator]  # the library has no types
@guards.may(Role.AGENT)
def serve(socket: Any) -> None:
    """Serve one page until it leaves."""
    user_id = guards.me().id
    is_present = request.args.get("presence") == "desk"
    listener = Listener(socket, user_id)
    roll, hub = live.roll(), _hub()
    db.db.session.remove()
    try:
        hub.join(listener)
        is_there = partial(roll.heard_from, user_id) if is_present else _ignored
        _serve(socket, listener, request.args.get("since", ""), is_there)
    except RedisError:
        listener.close(TRY_AGAIN, "the bell cannot be heard")
    finally:
        hub.leave(listener)


def _serve(socket: Any, listener: Listener, since: str, is_there: Callable[[], None]) -> None:
    """Each time a page says what it watches it is told what it missed of that since it was last told anything."""
    is_there()
    while True:
        message = _read(socket.receive())
        is_there()
        if "watch" in message:
            listener.watch(_names(message["watch"]))
            _catch_up(listener, str(message.get("since") or since))
        elif message.get("beat"):
            listener.tell(at=_hub().at)


def _ignored() -> None:
    """A page of the settings is no presence (SPEC 5.1)."""


def _catch_up(listener: Listener, since: str) -> None:
    at, topics = live.missed(listener, since)
    if topics is None:
        listener.tell(at=at, everything=True)
    else:
        listener.tell(at=at, topics=topics)


def _read(text: Any) -> dict[str, Any]:
    try:
        message = json.loads(text or "{}")
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _names(given: Any) -> list[str]:
    return [name for name in given if isinstance(name, str)][:200] if isinstance(given, list) else []


def _hub() -> Hub:
    hub: Hub = current_app.extensions["hub"]
    return hub


def _check_origin() -> None:
    """Refuse a socket that another site's page asks for; cookies alone do not say whose page it is."""
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return
    ours = urlsplit(current_app.extensions["config"].public_url)
    if answers.netloc(request.headers.get("Origin")) not in (request.host, ours.netloc):
        abort(403)


def _uncompressed(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Compression costs 170 KB of memory for each socket, and browsers ask for it."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return app(environ, start_response)

    return answer
