"""What people read when something is not there, not allowed, or broken: a page, or a fragment for htmx."""

import structlog
from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError

from igapp.db import db
from igapp.desk.refusal import Refused
from igapp.storage import Unavailable
from igapp.web import answers

log = structlog.get_logger(__name__)

WORDS = {
    400: ("That could not be read", "Go back and try again."),
    401: ("You are signed out", "Sign in again to go on."),
    403: ("This page is not for you", "Ask an administrator if you think that it should be."),
    404: ("There is no such page", "It may have been moved or merged, or the address has a mistake in it."),
    405: ("That could not be done here", "Go back and try again."),
    413: ("That was too large", "Send something smaller."),
    429: ("That was too often", "Wait a minute, then try again."),
    500: ("Something broke on our side", "It is in our log. Try again; nothing that you sent is lost."),
    503: ("The product is not ready", "Try again in a moment."),
}
"""What is said about each status: what happened, and what to do."""

OUT_OF_RANGE = ("22003", "22008")
"""Postgres: a number that its column cannot hold, a day of no calendar; SQLite's driver raises OverflowError."""
FIRST_ERROR, FIRST_OF_OURS = 400, 500
"""Statuses from there on are errors, and errors of ours."""

Answer = tuple[str, int]


def init_app(app: Flask) -> None:
    """Answer errors of all views in words."""
    app.register_error_handler(CSRFError, _forged_or_stale)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unavailable, _store_silent)
    app.register_error_handler(OverflowError, _beyond)
    app.register_error_handler(DataError, _beyond)
    app.register_error_handler(Exception, _broken)


def _forged_or_stale(_error: Exception) -> Answer:
    return _say(400, "This page was opened before you last signed in", "Reload it and do that once more.")


def _refused(error: Exception) -> Answer:
    return _say(422, "That was not possible", str(error))


def _http_error(error: HTTPException) -> Answer | HTTPException:
    """Redirects and answers that a view made itself pass through."""
    if error.code is None or error.code < FIRST_ERROR or error.response is not None:
        return error
    title, advice = WORDS.get(error.code, WORDS[500 if error.code >= FIRST_OF_OURS else 400])
    return _say(error.code, title, advice)


def _store_silent(error: Exception) -> Answer:
    """The media store does not answer: what it keeps is not lost."""
    db.session.rollback()
    log.warning("media_store_silent error=%s", error)
    return _say(503, *WORDS[503])


def _beyond(error: Exception) -> Answer:
    """A number that no row can have, or a day that no calendar has: somebody made the address up."""
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", None) not in OUT_OF_RANGE:
        return _broken(error)
    db.session.rollback()
    log.warning("request_beyond_all_numbers", error=type(error).__name__)
    return _say(400, *WORDS[400])


def _broken(error: Exception) -> Answer:
    db.session.rollback()
    log.error("request_broke", exc_info=error)
    return _say(InternalServerError.code, *WORDS[500])


def _say(status: int, title: str, advice: str) -> Answer:
    template = "errors/_refusal.html" if answers.is_fragment() else "errors/show.html"
    return render_template(template, status=status, title=title, advice=advice), status
