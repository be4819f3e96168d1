"""search by words without accents and signs, so that a username with a dot is found on Postgres"""

from alembic import op

from migrations import search

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Without locking the tables. Until its new processes serve, searches of the code before read them whole."""
    _replace(search.FIRST, {name: search.words(name) for name in search.WORDS})


def downgrade() -> None:
    _replace(tuple(search.WORDS), {name: search.first(name) for name in search.FIRST})


def _replace(old: tuple[str, ...], new: dict[str, str]) -> None:
    """Also what an interrupted run left. SQLite's index has always been so."""
    if op.get_bind().dialect.name != "postgresql":
        return
    with op.get_context().autocommit_block():
        for name, statement in new.items():
            op.drop_index(name, if_exists=True, postgresql_concurrently=True)
            op.execute(statement)
        for name in old:
            op.drop_index(name, if_exists=True, postgresql_concurrently=True)
