"""The floor: the least that a door can do. It verifies the signature, inserts one row with a uniqueness check, commits.

Flask and SQLAlchemy Core on the same server, with the same number of connections; nothing else.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, request
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData()
number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
rows = sa.Table(
    "rows",
    metadata,
    sa.Column("id", number, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),
)


def engine(url: str) -> sa.Engine:
    """Return an engine as bare as the product's is safe: SQLite in WAL mode, writers take turns."""
    made = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=5, max_overflow=5)
    if made.dialect.name == "sqlite":
        sa.event.listen(made, "connect", _prepare)
        sa.event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return made


def insert(of: sa.Engine) -> Any:
    """Return the INSERT that leaves what is known already as it is."""
    module: Any = sqlite if of.dialect.name == "sqlite" else postgresql
    return module.insert(rows).on_conflict_do_nothing(index_elements=["key"])


def create_app(environment: Mapping[str, str] = os.environ) -> Flask:
    """Return the bare app on the database and with the secret of the environment."""
    app, secret = Flask("floor"), environment["INSTAGRAM_APP_SECRET"].encode()
    ground = engine(environment["DATABASE_URL"])
    statement = insert(ground)

    @app.post("/webhooks/instagram")
    def deliver() -> Response:
        raw = request.get_data(cache=False)
        signature = "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, request.headers.get("X-Hub-Signature-256", "")):
            return Response(status=403)
        with ground.begin() as connection:
            connection.execute(statement, {"key": signature, "body": raw.decode()})
        return Response(status=200, mimetype="text/plain")

    return app


def main() -> None:
    """Make the table, before several processes serve it."""
    ground = engine(os.environ["DATABASE_URL"])
    metadata.create_all(ground)
    ground.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=20000"):
        connection.execute(f"PRAGMA {pragma}")


if __name__ == "__main__":
    main()
