"""Whether this process answers, and whether everything that it needs is right; for monitors, without sign-in."""

import sqlalchemy as sa
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from igapp import db, redislink, schema

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """200 when the process answers."""
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when database, migrations and Redis are right, else 503 naming what is not."""
    wrong = {name: problem for name, problem in _checks().items() if problem}
    return jsonify(ready=not wrong, problems=wrong), 503 if wrong else 200


def _checks() -> dict[str, str | None]:
    database = _database()
    return {
        "database": database,
        "migrations": None if database else schema.problem(),
        "redis": _redis(),
    }


def _database() -> str | None:
    try:
        db.session().execute(sa.text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"not reachable ({type(error).__name__})"
    return None


def _redis() -> str | None:
    try:
        redislink.link().ping()
    except RedisError as error:
        return f"not reachable ({type(error).__name__})"
    return None
