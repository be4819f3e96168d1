"""how many answers took how long, all and first ones in one row: half as many rows to add up"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = ("dimension", "inbox_id", "is_month", "first_day", "key", "bucket")


def upgrade() -> None:
    """The table before stays, for what serves until this release does; so does what that writes meanwhile.

    Nothing is lost by that: days that may still change are summed again (desk.rollups).
    """
    op.create_table(
        "report_buckets",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column(
            "dimension",
            sa.Enum("all", "agent", "account", "topic", name="dimension", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("inbox_id", NUMBER, nullable=False),
        sa.Column("is_month", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("key", NUMBER, nullable=False),
        sa.Column("bucket", NUMBER, nullable=False),
        sa.Column("answers", NUMBER, nullable=False),
        sa.Column("first_answers", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_buckets")),
        sa.UniqueConstraint(
            *KEY, name=op.f("uq_report_buckets_dimension_inbox_id_is_month_first_day_key_bucket")
        ),
    )
    columns = ", ".join(KEY)
    op.execute(
        f"INSERT INTO report_buckets ({columns}, answers, first_answers) "
        f"SELECT {columns}, sum(CASE WHEN is_first THEN 0 ELSE answers END), "
        f"sum(CASE WHEN is_first THEN answers ELSE 0 END) FROM report_spans GROUP BY {columns}"
    )


def downgrade() -> None:
    op.drop_table("report_buckets")
