"""first tables"""

import sqlalchemy as sa
from alembic import op

from migrations import search

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("username_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=True),
        sa.Column("follower_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("profile_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merged_into_id"], ["customers.id"], name=op.f("fk_customers_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customers_merged_into_id"), ["merged_into_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("platform_account_id", sa.Text(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("lane", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("igsid", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("redeliveries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("pending", "applied", "ignored", "failed", name="outcome", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("platform_account_id", "event_key", name=op.f("uq_events_platform_account_id_event_key")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_events_due",
            ["next_try_at"],
            unique=False,
            postgresql_where=sa.text("outcome = 'pending'"),
            sqlite_where=sa.text("outcome = 'pending'"),
        )
        batch_op.create_index("ix_events_igsid", ["igsid"], unique=False)
        batch_op.create_index("ix_events_message", ["platform_id"], unique=False)
        batch_op.create_index("ix_events_outcome", ["outcome", "id"], unique=False)
        batch_op.create_index(
            "ix_events_pending",
            ["lane", "at", "id"],
            unique=False,
            postgresql_where=sa.text("outcome = 'pending'"),
            sqlite_where=sa.text("outcome = 'pending'"),
        )
        batch_op.create_index("ix_events_received", ["received_at"], unique=False)

    op.create_table(
        "inboxes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sla_minutes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inboxes")),
        sa.UniqueConstraint("name", name=op.f("uq_inboxes_name")),
    )
    op.create_table(
        "lanes",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lanes")),
    )
    op.create_table(
        "report_counts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum("all", "agent", "account", "topic", name="dimension", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_month", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbound", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answered", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("in_time", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("late", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cancelled", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lost", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("declined", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("missed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_counts")),
        sa.UniqueConstraint(
            "dimension",
            "inbox_id",
            "is_month",
            "first_day",
            "key",
            name=op.f("uq_report_counts_dimension_inbox_id_is_month_first_day_key"),
        ),
    )
    op.create_table(
        "report_periods",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("is_month", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("first_day", "is_month", name=op.f("pk_report_periods")),
    )
    op.create_table(
        "report_spans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum("all", "agent", "account", "topic", name="dimension", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_month", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("bucket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answers", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_spans")),
        sa.UniqueConstraint(
            "dimension",
            "inbox_id",
            "is_month",
            "first_day",
            "key",
            "is_first",
            "bucket",
            name=op.f("uq_report_spans_dimension_inbox_id_is_month_first_day_key_is_first_bucket"),
        ),
    )
    op.create_table(
        "stored_files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stored_files")),
    )
    op.create_table(
        "topics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["topics.id"], name=op.f("fk_topics_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_topics_parent_id_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role", sa.Enum("agent", "manager", "admin", name="role", native_enum=False, length=32), nullable=False
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("sign_in_epoch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("has_sounds", sa.Boolean(), nullable=False),
        sa.Column("has_notifications", sa.Boolean(), nullable=False),
        sa.Column("picture_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ig_user_id", sa.Text(), nullable=False),
        sa.Column("app_scoped_id", sa.Text(), nullable=True),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("connected", "refused", "disconnected", name="accountstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.Column("token_encrypted", sa.Text(), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("permissions", sa.JSON(), nullable=True),
        sa.Column("subscribed_fields", sa.JSON(), nullable=True),
        sa.Column("subscription_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subscription_problem", sa.Text(), nullable=True),
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sla_minutes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_dm_on", sa.Boolean(), nullable=False),
        sa.Column("is_comments_on", sa.Boolean(), nullable=False),
        sa.Column("is_story_mentions_on", sa.Boolean(), nullable=False),
        sa.Column("is_echo_on", sa.Boolean(), nullable=False),
        sa.Column(
            "link_format", sa.Enum("article", "plain", name="linkformat", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "auto_reply",
            sa.Enum("never", "outside_hours", "at_start", name="autoreply", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("auto_reply_text", sa.Text(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gaps_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gaps_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recovered_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("throttled_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("usage", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_accounts_inbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("app_scoped_id", name=op.f("uq_accounts_app_scoped_id")),
        sa.UniqueConstraint("ig_user_id", name=op.f("uq_accounts_ig_user_id")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_inbox_id"), ["inbox_id"], unique=False)

    op.create_table(
        "agents",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("load", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("last_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("load >= 0", name=op.f("ck_agents_load_not_negative")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_agents_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_agents")),
    )
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.create_index("ix_agents_free", ["is_available", "load", "last_offered_at"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_answers_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("name", name=op.f("uq_answers_name")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entries_action", ["action", "id"], unique=False)
        batch_op.create_index("ix_audit_entries_at", ["at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_user_id"), ["user_id"], unique=False)

    op.create_table(
        "contact_points",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Enum("phone", "email", name="contactkind", native_enum=False, length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("matched_value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contact_points_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
        sa.UniqueConstraint(
            "customer_id", "kind", "matched_value", name=op.f("uq_contact_points_customer_id_kind_matched_value")
        ),
    )
    with op.batch_alter_table("contact_points", schema=None) as batch_op:
        batch_op.create_index("ix_contact_points_match", ["kind", "matched_value"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("offered_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum("new", "open", "waiting", "closed", name="status", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("needs_attention", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sort_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kept_for_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("knocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_item_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("last_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_conversations_agent_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_conversations_closed_by_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_conversations_customer_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_conversations_inbox_id")),
        sa.ForeignKeyConstraint(["kept_for_id"], ["users.id"], name=op.f("fk_conversations_kept_for_id")),
        sa.ForeignKeyConstraint(["last_agent_id"], ["users.id"], name=op.f("fk_conversations_last_agent_id")),
        sa.ForeignKeyConstraint(["offered_to_id"], ["users.id"], name=op.f("fk_conversations_offered_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversations_closed",
            ["closed_at"],
            unique=False,
            postgresql_where=sa.text("status = 'closed'"),
            sqlite_where=sa.text("status = 'closed'"),
        )
        batch_op.create_index(
            "ix_conversations_kept",
            ["sort_due_at", "arrived_at", "id"],
            unique=False,
            postgresql_where=sa.text("kept_for_id IS NOT NULL"),
            sqlite_where=sa.text("kept_for_id IS NOT NULL"),
        )
        batch_op.create_index("ix_conversations_of_agent", ["agent_id", "status", "sort_due_at"], unique=False)
        batch_op.create_index("ix_conversations_of_customer", ["customer_id", "opened_at"], unique=False)
        batch_op.create_index("ix_conversations_of_inbox", ["inbox_id", "status", "sort_due_at", "id"], unique=False)
        batch_op.create_index("ix_conversations_of_status", ["status", "sort_due_at", "id"], unique=False)
        batch_op.create_index(
            "ix_conversations_queue",
            ["inbox_id", "sort_due_at", "arrived_at", "id"],
            unique=False,
            postgresql_where=sa.text("status = 'new' AND offered_to_id IS NULL"),
            sqlite_where=sa.text("status = 'new' AND offered_to_id IS NULL"),
        )
        batch_op.create_index(
            "uq_conversations_open",
            ["customer_id"],
            unique=True,
            postgresql_where=sa.text("status <> 'closed'"),
            sqlite_where=sa.text("status <> 'closed'"),
        )

    op.create_table(
        "customer_details",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_details_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_details")),
    )
    with op.batch_alter_table("customer_details", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_details_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_customer_details_match", ["label", "value"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_drafts_customer_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("user_id", "customer_id", "lane", name=op.f("uq_drafts_user_id_customer_id_lane")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "entry_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "purpose", sa.Enum("invitation", "reset", name="linkpurpose", native_enum=False, length=32), nullable=False
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_entry_links_made_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_entry_links_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_entry_links_token_hash")),
    )
    with op.batch_alter_table("entry_links", schema=None) as batch_op:
        batch_op.create_index(
            "uq_entry_links_valid",
            ["user_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "kind", sa.Enum("customer", "account", name="erasurekind", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum("running", "done", "nothing", name="erasurestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_erasures_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("code", name=op.f("uq_erasures_code")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index(
            "ix_erasures_running",
            ["id"],
            unique=False,
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )

    op.create_table(
        "inbox_members",
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbox_id"], ["inboxes.id"], name=op.f("fk_inbox_members_inbox_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_inbox_members_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("inbox_id", "user_id", name=op.f("pk_inbox_members")),
    )
    with op.batch_alter_table("inbox_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "match_dismissals",
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("second_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dismissed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dismissed_by_id"], ["users.id"], name=op.f("fk_match_dismissals_dismissed_by_id")),
        sa.ForeignKeyConstraint(["first_id"], ["customers.id"], name=op.f("fk_match_dismissals_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["customers.id"], name=op.f("fk_match_dismissals_second_id")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_match_dismissals")),
    )
    with op.batch_alter_table("match_dismissals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_dismissals_second_id"), ["second_id"], unique=False)

    op.create_table(
        "presences",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presences_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presences")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "retention_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.Column("conversations_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_retention_runs_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    with op.batch_alter_table("retention_runs", schema=None) as batch_op:
        batch_op.create_index("ix_retention_runs_began", ["began_at"], unique=False)

    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_settings_changed_by_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "two_factors",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_two_factors_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_two_factors")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("width", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("height", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_uploads_customer_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_uploads_storage_key")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uploads_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_user_id"), ["user_id"], unique=False)

    op.create_table(
        "conversation_topics",
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_conversation_topics_added_by_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_conversation_topics_conversation_id")
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_conversation_topics_topic_id")),
        sa.PrimaryKeyConstraint("conversation_id", "topic_id", name=op.f("pk_conversation_topics")),
    )
    with op.batch_alter_table("conversation_topics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_topics_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "erased_identities",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("igsid_hash", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_erased_identities_account_id")),
        sa.PrimaryKeyConstraint("account_id", "igsid_hash", name=op.f("pk_erased_identities")),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("igsid", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("follows_us", sa.Boolean(), nullable=True),
        sa.Column("we_follow", sa.Boolean(), nullable=True),
        sa.Column("profile_wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_problem", sa.Text(), nullable=True),
        sa.Column("window_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_identities_account_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_identities_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("account_id", "igsid", name=op.f("uq_identities_account_id_igsid")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "accepted",
                "declined",
                "missed",
                "withdrawn",
                name="offerstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_forgiven", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_offers_agent_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_offers_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_offers_expiring",
            ["expires_at"],
            unique=False,
            postgresql_where=sa.text("state = 'offered'"),
            sqlite_where=sa.text("state = 'offered'"),
        )
        batch_op.create_index(
            "ix_offers_not_taken",
            ["ended_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('declined', 'missed')"),
            sqlite_where=sa.text("state IN ('declined', 'missed')"),
        )
        batch_op.create_index("ix_offers_of_agent", ["agent_id", "state", "ended_at"], unique=False)
        batch_op.create_index("ix_offers_of_conversation", ["conversation_id", "offered_at"], unique=False)
        batch_op.create_index(
            "uq_offers_agent",
            ["agent_id"],
            unique=True,
            postgresql_where=sa.text("state = 'offered'"),
            sqlite_where=sa.text("state = 'offered'"),
        )
        batch_op.create_index(
            "uq_offers_conversation",
            ["conversation_id"],
            unique=True,
            postgresql_where=sa.text("state = 'offered'"),
            sqlite_where=sa.text("state = 'offered'"),
        )

    op.create_table(
        "pending_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_pending_changes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_changes")),
    )
    with op.batch_alter_table("pending_changes", schema=None) as batch_op:
        batch_op.create_index("ix_pending_changes_message", ["account_id", "platform_id"], unique=False)

    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("permalink", sa.Text(), nullable=True),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_posts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("account_id", "media_id", name=op.f("uq_posts_account_id_media_id")),
    )
    op.create_table(
        "messaging_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Enum("dm", "comment", name="channel", native_enum=False, length=32), nullable=False),
        sa.Column("comment_id", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("unanswered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_messaging_sessions_account_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messaging_sessions_conversation_id")
        ),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_messaging_sessions_identity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messaging_sessions")),
        sa.UniqueConstraint("account_id", "comment_id", name=op.f("uq_messaging_sessions_account_id_comment_id")),
    )
    with op.batch_alter_table("messaging_sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messaging_sessions_ends",
            ["ends_at"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL AND ends_at IS NOT NULL"),
            sqlite_where=sa.text("ended_at IS NULL AND ends_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_messaging_sessions_identity_id"), ["identity_id"], unique=False)
        batch_op.create_index("ix_messaging_sessions_of_conversation", ["conversation_id"], unique=False)
        batch_op.create_index(
            "uq_messaging_sessions_dm",
            ["conversation_id", "identity_id"],
            unique=True,
            postgresql_where=sa.text("channel = 'dm' AND ended_at IS NULL"),
            sqlite_where=sa.text("channel = 'dm' AND ended_at IS NULL"),
        )

    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "message",
                "story_mention",
                "story_reply",
                "postback",
                "unsupported",
                "comment",
                "live_comment",
                "reply",
                "echo",
                "auto_reply",
                "comment_reply",
                "private_reply",
                "note",
                "referral",
                "event",
                name="itemkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("is_inbound", sa.Boolean(), nullable=False),
        sa.Column("wants_answer", sa.Boolean(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reaction", sa.Text(), nullable=True),
        sa.Column("liked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edits", sa.JSON(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_recovered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_items_account_id")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_items_author_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_items_conversation_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_items_customer_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_items_identity_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_items_post_id")),
        sa.ForeignKeyConstraint(["session_id"], ["messaging_sessions.id"], name=op.f("fk_items_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("account_id", "platform_id", name=op.f("uq_items_account_id_platform_id")),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index("ix_items_at", ["at"], unique=False)
        batch_op.create_index("ix_items_of_conversation", ["conversation_id", "at", "id"], unique=False)
        batch_op.create_index("ix_items_of_identity", ["identity_id", "at"], unique=False)
        batch_op.create_index("ix_items_of_session", ["session_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_items_post_id"), ["post_id"], unique=False)
        batch_op.create_index("ix_items_timeline", ["customer_id", "at", "id"], unique=False)

    op.create_table(
        "waits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.Enum("dm", "comment", name="channel", native_enum=False, length=32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("answered", "echo", "cancelled", name="waitoutcome", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_waits_account_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_waits_agent_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_waits_conversation_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_waits_inbox_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["messaging_sessions.id"], name=op.f("fk_waits_session_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
    )
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.create_index("ix_waits_ended", ["ended_at"], unique=False)
        batch_op.create_index("ix_waits_of_conversation", ["conversation_id"], unique=False)
        batch_op.create_index("ix_waits_of_session", ["session_id"], unique=False)

    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "image",
                "video",
                "audio",
                "file",
                "sticker",
                "share",
                "post",
                "reel",
                "story",
                "like",
                "template",
                "view_once",
                "unsupported",
                name="attachmentkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("raw_kind", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "ready",
                "linked",
                "failed",
                "expired",
                "none",
                name="mediastate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("width", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("height", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("preview_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_attachments_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_attachments_storage_key")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_attachments_expiring",
            ["expires_at"],
            unique=False,
            postgresql_where=sa.text("state = 'linked' AND expires_at IS NOT NULL"),
            sqlite_where=sa.text("state = 'linked' AND expires_at IS NOT NULL"),
        )
        batch_op.create_index("ix_attachments_of_item", ["item_id", "position"], unique=False)
        batch_op.create_index(
            "ix_attachments_waiting",
            ["next_try_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "mentions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_mentions_item_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mentions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("item_id", "user_id", name=op.f("uq_mentions_item_id_user_id")),
    )
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mentions_unseen",
            ["user_id"],
            unique=False,
            postgresql_where=sa.text("seen_at IS NULL"),
            sqlite_where=sa.text("seen_at IS NULL"),
        )

    op.create_table(
        "sends",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "message",
                "image",
                "comment_reply",
                "private_reply",
                "like",
                "unlike",
                "hide",
                "delete",
                name="sendkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "waiting",
                "sending",
                "sent",
                "failed",
                "checking",
                "discarded",
                name="sendstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("comment_id", sa.Text(), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sends_account_id")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_sends_author_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_sends_conversation_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_sends_identity_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_sends_item_id")),
        sa.ForeignKeyConstraint(["target_id"], ["items.id"], name=op.f("fk_sends_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sends")),
        sa.UniqueConstraint("account_id", "platform_id", name=op.f("uq_sends_account_id_platform_id")),
        sa.UniqueConstraint("key", name=op.f("uq_sends_key")),
    )
    with op.batch_alter_table("sends", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sends_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(
            "ix_sends_due",
            ["next_try_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('queued', 'waiting', 'sending', 'checking')"),
            sqlite_where=sa.text("state IN ('queued', 'waiting', 'sending', 'checking')"),
        )
        batch_op.create_index(batch_op.f("ix_sends_item_id"), ["item_id"], unique=False)
        batch_op.create_index("ix_sends_of_thread", ["identity_id", "id"], unique=False)
        batch_op.create_index("ix_sends_rate", ["account_id", "called_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sends_target_id"), ["target_id"], unique=False)
        batch_op.create_index(
            "uq_sends_once_per_comment",
            ["account_id", "comment_id", "kind"],
            unique=True,
            postgresql_where=sa.text("comment_id IS NOT NULL AND state NOT IN ('failed', 'discarded')"),
            sqlite_where=sa.text("comment_id IS NOT NULL AND state NOT IN ('failed', 'discarded')"),
        )
    op.execute("INSERT INTO inboxes (name, sla_minutes, is_default) VALUES ('Support', 60, true)")
    for statement in search.statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("sends", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sends_once_per_comment",
            postgresql_where=sa.text("comment_id IS NOT NULL AND state NOT IN ('failed', 'discarded')"),
            sqlite_where=sa.text("comment_id IS NOT NULL AND state NOT IN ('failed', 'discarded')"),
        )
        batch_op.drop_index(batch_op.f("ix_sends_target_id"))
        batch_op.drop_index("ix_sends_rate")
        batch_op.drop_index("ix_sends_of_thread")
        batch_op.drop_index(batch_op.f("ix_sends_item_id"))
        batch_op.drop_index(
            "ix_sends_due",
            postgresql_where=sa.text("state IN ('queued', 'waiting', 'sending', 'checking')"),
            sqlite_where=sa.text("state IN ('queued', 'waiting', 'sending', 'checking')"),
        )
        batch_op.drop_index(batch_op.f("ix_sends_conversation_id"))

    op.drop_table("sends")
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_mentions_unseen", postgresql_where=sa.text("seen_at IS NULL"), sqlite_where=sa.text("seen_at IS NULL")
        )

    op.drop_table("mentions")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_attachments_waiting",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_attachments_of_item")
        batch_op.drop_index(
            "ix_attachments_expiring",
            postgresql_where=sa.text("state = 'linked' AND expires_at IS NOT NULL"),
            sqlite_where=sa.text("state = 'linked' AND expires_at IS NOT NULL"),
        )

    op.drop_table("attachments")
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.drop_index("ix_waits_of_session")
        batch_op.drop_index("ix_waits_of_conversation")
        batch_op.drop_index("ix_waits_ended")

    op.drop_table("waits")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index("ix_items_timeline")
        batch_op.drop_index(batch_op.f("ix_items_post_id"))
        batch_op.drop_index("ix_items_of_session")
        batch_op.drop_index("ix_items_of_identity")
        batch_op.drop_index("ix_items_of_conversation")
        batch_op.drop_index("ix_items_at")

    op.drop_table("items")
    with op.batch_alter_table("messaging_sessions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_messaging_sessions_dm",
            postgresql_where=sa.text("channel = 'dm' AND ended_at IS NULL"),
            sqlite_where=sa.text("channel = 'dm' AND ended_at IS NULL"),
        )
        batch_op.drop_index("ix_messaging_sessions_of_conversation")
        batch_op.drop_index(batch_op.f("ix_messaging_sessions_identity_id"))
        batch_op.drop_index(
            "ix_messaging_sessions_ends",
            postgresql_where=sa.text("ended_at IS NULL AND ends_at IS NOT NULL"),
            sqlite_where=sa.text("ended_at IS NULL AND ends_at IS NOT NULL"),
        )

    op.drop_table("messaging_sessions")
    op.drop_table("posts")
    with op.batch_alter_table("pending_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_pending_changes_message")

    op.drop_table("pending_changes")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offers_conversation",
            postgresql_where=sa.text("state = 'offered'"),
            sqlite_where=sa.text("state = 'offered'"),
        )
        batch_op.drop_index(
            "uq_offers_agent", postgresql_where=sa.text("state = 'offered'"), sqlite_where=sa.text("state = 'offered'")
        )
        batch_op.drop_index("ix_offers_of_conversation")
        batch_op.drop_index("ix_offers_of_agent")
        batch_op.drop_index(
            "ix_offers_not_taken",
            postgresql_where=sa.text("state IN ('declined', 'missed')"),
            sqlite_where=sa.text("state IN ('declined', 'missed')"),
        )
        batch_op.drop_index(
            "ix_offers_expiring",
            postgresql_where=sa.text("state = 'offered'"),
            sqlite_where=sa.text("state = 'offered'"),
        )

    op.drop_table("offers")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_customer_id"))

    op.drop_table("identities")
    op.drop_table("erased_identities")
    with op.batch_alter_table("conversation_topics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_topics_topic_id"))

    op.drop_table("conversation_topics")
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploads_user_id"))
        batch_op.drop_index(batch_op.f("ix_uploads_customer_id"))

    op.drop_table("uploads")
    op.drop_table("two_factors")
    op.drop_table("settings")
    with op.batch_alter_table("retention_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_retention_runs_began")

    op.drop_table("retention_runs")
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_codes_user_id"))

    op.drop_table("recovery_codes")
    op.drop_table("presences")
    with op.batch_alter_table("match_dismissals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_dismissals_second_id"))

    op.drop_table("match_dismissals")
    with op.batch_alter_table("inbox_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_members_user_id"))

    op.drop_table("inbox_members")
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_erasures_running",
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )

    op.drop_table("erasures")
    with op.batch_alter_table("entry_links", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_entry_links_valid",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("entry_links")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_drafts_customer_id"))

    op.drop_table("drafts")
    with op.batch_alter_table("customer_details", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_details_match")
        batch_op.drop_index(batch_op.f("ix_customer_details_customer_id"))

    op.drop_table("customer_details")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_conversations_open",
            postgresql_where=sa.text("status <> 'closed'"),
            sqlite_where=sa.text("status <> 'closed'"),
        )
        batch_op.drop_index(
            "ix_conversations_queue",
            postgresql_where=sa.text("status = 'new' AND offered_to_id IS NULL"),
            sqlite_where=sa.text("status = 'new' AND offered_to_id IS NULL"),
        )
        batch_op.drop_index("ix_conversations_of_status")
        batch_op.drop_index("ix_conversations_of_inbox")
        batch_op.drop_index("ix_conversations_of_customer")
        batch_op.drop_index("ix_conversations_of_agent")
        batch_op.drop_index(
            "ix_conversations_kept",
            postgresql_where=sa.text("kept_for_id IS NOT NULL"),
            sqlite_where=sa.text("kept_for_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_conversations_closed",
            postgresql_where=sa.text("status = 'closed'"),
            sqlite_where=sa.text("status = 'closed'"),
        )

    op.drop_table("conversations")
    with op.batch_alter_table("contact_points", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_points_match")

    op.drop_table("contact_points")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_user_id"))
        batch_op.drop_index("ix_audit_entries_at")
        batch_op.drop_index("ix_audit_entries_action")

    op.drop_table("audit_entries")
    op.drop_table("answers")
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_index("ix_agents_free")

    op.drop_table("agents")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_inbox_id"))

    op.drop_table("accounts")
    op.drop_table("users")
    op.drop_table("topics")
    op.drop_table("stored_files")
    op.drop_table("report_spans")
    op.drop_table("report_periods")
    op.drop_table("report_counts")
    op.drop_table("lanes")
    op.drop_table("inboxes")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_received")
        batch_op.drop_index(
            "ix_events_pending",
            postgresql_where=sa.text("outcome = 'pending'"),
            sqlite_where=sa.text("outcome = 'pending'"),
        )
        batch_op.drop_index("ix_events_outcome")
        batch_op.drop_index("ix_events_message")
        batch_op.drop_index("ix_events_igsid")
        batch_op.drop_index(
            "ix_events_due",
            postgresql_where=sa.text("outcome = 'pending'"),
            sqlite_where=sa.text("outcome = 'pending'"),
        )

    op.drop_table("events")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customers_merged_into_id"))

    op.drop_table("customers")
