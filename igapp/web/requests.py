"""What happens around every request: its id and its line in the log, and whether it may write."""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from flask import Flask, Response, abort, g, request
from flask_login import current_user

from igapp import db

log = structlog.get_logger("igapp.web")

WITHOUT_LINE = ("static", "assets.send", "health.alive")
"""Files and probes say nothing in the log."""
READING = ("GET", "HEAD", "OPTIONS")


def init_app(app: Flask) -> None:
    """Watch over the app's requests; call it before anything else that looks at them."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)


def try_again(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view that writes: where another transaction got in its way, it is begun again from its start."""

    @wraps(view)
    def tried(*arguments: Any, **named: Any) -> Any:
        return db.retrying(lambda: view(*arguments, **named))

    return tried


def _begin() -> None:
    """Threads keep their context from one request to the next, so both ways are set each time."""
    g.began = time.perf_counter()
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if request.method in READING:
        db.start_reading()
    else:
        db.start_writing()


def _end(response: Response) -> Response:
    if request.endpoint in WITHOUT_LINE:
        return response
    log.info(
        "request",
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
        user=_user_id(),
    )
    response.headers["X-Request-Id"] = g.request_id
    return response


def refuse_unwritable() -> None:
    """NUL characters cannot be stored as text by every database, and nobody types them."""
    if request.endpoint is None:
        return
    values = [*(request.view_args or {}).values(), *request.args.values(), *request.form.values()]
    if any("\x00" in value for value in values if isinstance(value, str)):
        abort(400)


def _leave(_error: BaseException | None) -> None:
    db.start_writing()
    structlog.contextvars.clear_contextvars()


def _user_id() -> int | None:
    """Who asked, where the guard looked; nobody is loaded for the log alone."""
    visitor = g.get("_login_user")
    return current_user.user.id if visitor is not None and visitor.is_authenticated else None
