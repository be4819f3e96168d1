"""indexes for a customer's comments, for an agent's customers who wait to be closed, and for the closed in order"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COMMENTS = ("ix_items_comments", "items", ["customer_id", "at", "id"], "kind = 'comment'")
WAITING = ("ix_conversations_waiting", "conversations", ["agent_id", "last_item_at", "id"], "status = 'waiting'")
CLOSED = ("ix_conversations_closed", "conversations", ["status", "closed_at", "id"], "status = 'closed'")
CLOSED_BEFORE = (*CLOSED[:2], ["closed_at"], CLOSED[3])


def upgrade() -> None:
    """On Postgres without locking the tables: the product runs meanwhile."""
    with op.get_context().autocommit_block():
        for index in (COMMENTS, WAITING, CLOSED):
            _create(*index)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, *_ in (COMMENTS, WAITING):
            op.drop_index(name, table, postgresql_concurrently=True)
        _create(*CLOSED_BEFORE)


def _create(name: str, table: str, columns: list[str], where: str) -> None:
    """In the place of one with other columns, or of what an interrupted run left."""
    condition = sa.text(where)
    op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
    op.create_index(
        name, table, columns, postgresql_where=condition, sqlite_where=condition, postgresql_concurrently=True
    )
