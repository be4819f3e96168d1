"""when an account's conversations were compared with the platform's, and what that found"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as batch_op:
        batch_op.add_column(sa.Column("gaps_started_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("gaps_checked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recovered_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as batch_op:
        for name in ("recovered_count", "gaps_checked_at", "gaps_started_at"):
            batch_op.drop_column(name)
