"""what stands open and waiting at the end of each day, for reports"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "report_backlogs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column(
            "dimension",
            sa.Enum("all", "agent", "account", "topic", name="dimension", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("inbox_id", NUMBER, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("key", NUMBER, nullable=False),
        sa.Column("open", NUMBER, nullable=False),
        sa.Column("waiting", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_backlogs")),
        sa.UniqueConstraint(
            "dimension", "inbox_id", "first_day", "key", name=op.f("uq_report_backlogs_dimension_inbox_id_first_day_key")
        ),
    )


def downgrade() -> None:
    op.drop_table("report_backlogs")
