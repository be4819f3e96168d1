"""an index of the Instagram usernames that customers gave, as they are compared"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_customer_details_username", "customer_details"
VALUE = "lower(ltrim(value, '@'))"
IS_USERNAME = "lower(label) = 'instagram username'"


def upgrade() -> None:
    """On Postgres without locking the table: the product runs meanwhile."""
    with op.get_context().autocommit_block():
        _drop()
        condition = sa.text(IS_USERNAME)
        op.create_index(
            NAME,
            TABLE,
            [sa.text(VALUE)],
            postgresql_where=condition,
            sqlite_where=condition,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _drop()


def _drop() -> None:
    """Also what an interrupted run left."""
    op.drop_index(NAME, TABLE, if_exists=True, postgresql_concurrently=True)
