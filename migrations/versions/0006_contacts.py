"""addresses and numbers in the order of their signs, so that a beginning is a range in every locale"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """On Postgres, whose own order may leave signs out; its index is made anew, the rows stay as they are."""
    _collate("C")


def downgrade() -> None:
    _collate("default")


def _collate(collation: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contact_points", "matched_value", type_=sa.Text(collation=collation), nullable=False)
