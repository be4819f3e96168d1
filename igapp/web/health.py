"""Whether this process answers, and whether everything that it needs is right; for monitors, without sign-in."""

import threading
from typing import cast

import sqlalchemy as sa
from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from igapp import db, redislink, schema

bp = Blueprint("health", __name__)

DATABASE_SECONDS = 3
"""How long a monitor waits for the database before that is called silent."""

Problems = dict[str, str | None]
"""What was looked at, and what is wrong with it."""


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """200 when the process answers."""
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when database, migrations and Redis are right, else 503 naming what is not."""
    checks = {**_database(), "redis": _redis()}
    wrong = {name: problem for name, problem in checks.items() if problem}
    return jsonify(ready=not wrong, problems=wrong), 503 if wrong else 200


class Look(threading.Thread):
    """One look at the database; where that is silent, it goes on waiting for the monitor, who is answered."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="readiness", daemon=True)
        self.app = app
        self.problems: Problems = {"database": "does not answer"}

    def run(self) -> None:
        """Ask, and note what is wrong."""
        with self.app.app_context(), db.reading():
            try:
                db.session().execute(sa.text("SELECT 1"))
                self.problems = {"migrations": schema.problem()}
            except SQLAlchemyError as error:
                self.problems = {"database": f"not reachable ({type(error).__name__})"}


def _database() -> Problems:
    """One look at a time: a silent database would otherwise have every connection waiting for it."""
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - for a thread
    look: Look | None = app.extensions.get("look at the database")
    if look is None or not look.is_alive():
        look = app.extensions["look at the database"] = Look(app)
        look.start()
    look.join(DATABASE_SECONDS)
    return look.problems


def _redis() -> str | None:
    try:
        redislink.quick().ping()
    except RedisError as error:
        return f"not reachable ({type(error).__name__})"
    return None
