"""How Alembic reaches the database: through the app's own engine, one transaction for all steps."""

from alembic import context
from flask import current_app
from sqlalchemy import BigInteger, Integer
from sqlalchemy.types import TypeEngine

from igapp.db import UtcDateTime, db


def _differs(
    _context: object, _column: object, _meta: object, found: TypeEngine[object], wanted: TypeEngine[object]
) -> bool | None:
    """SQLite has one kind of integer; elsewhere Alembic's own comparison holds."""
    if current_app.extensions["config"].is_postgres:
        return None
    return False if isinstance(found, Integer) and isinstance(wanted, Integer | BigInteger) else None


def _render(kind: str, value: object, _context: object) -> str | bool:
    """Migrations are frozen: they name SQLAlchemy's types, never ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The search indexes have no model; see migrations/search.py."""
    return not (kind in ("table", "index") and name is not None and "search" in name)


def run() -> None:
    """Run the migrations that are asked for."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            compare_type=_differs,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=_render,
            include_name=_is_ours,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
