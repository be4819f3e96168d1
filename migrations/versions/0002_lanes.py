"""one row per lane, to be locked by whoever drains it"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LANES = 256


def upgrade() -> None:
    lanes = sa.table("lanes", sa.column("number", sa.Integer()))
    op.bulk_insert(lanes, [{"number": number} for number in range(LANES)])


def downgrade() -> None:
    op.execute("DELETE FROM lanes")
