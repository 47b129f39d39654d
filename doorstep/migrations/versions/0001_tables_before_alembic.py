"""The tables as they were before alembic: those of every database that `create_all` made."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    _schedule()
    _notices()


def _schedule() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("premise", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("address", sa.String()),
        sa.Column("town", sa.String()),
        sa.Column("postcode", sa.String()),
        sa.Column("area", sa.String()),
        sa.Column("prefers", sa.String()),
        sa.Column("vulnerable", sa.Integer(), nullable=False),
        sa.Column("life_support", sa.Integer(), nullable=False),
        sa.Column("landlord", sa.Integer(), nullable=False),
        sa.Column("business", sa.Integer(), nullable=False),
        sa.Column("prepaid", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.UniqueConstraint("rollout", "premise", "account"),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("pulled_at", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held", sa.String()),
        sa.Column("report", sa.JSON()),
        sa.Column("accepted_by", sa.String()),
        sa.Column("accepted_at", sa.Integer()),
    )
    op.create_index("ix_feed_digest", "feed", ["digest"])
    op.create_index("ix_feed_rollout", "feed", ["rollout"])
    op.create_table(
        "refused",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("row", sa.String(), nullable=False),
        sa.Column("work_order", sa.String()),
        sa.Column("mended_at", sa.Integer()),
    )
    op.create_index("ix_refused_feed_id", "refused", ["feed_id"])
    op.create_index("ix_refused_rollout", "refused", ["rollout"])
    op.create_index("ix_refused_work_order", "refused", ["work_order"])
    op.create_table(
        "sourcemark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.UniqueConstraint("rollout", "source"),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("window_start", sa.Integer()),
        sa.Column("window_end", sa.Integer()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("wave", sa.String()),
        sa.Column("contractor", sa.String()),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("meters", sa.Integer(), nullable=False),
        sa.Column("commodities", sa.String(), nullable=False),
        sa.Column("presence_required", sa.Integer(), nullable=False),
        sa.Column("power_off_minutes", sa.Integer()),
        sa.Column("duration_minutes", sa.Integer()),
        sa.Column("new_meter", sa.String()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reopened_at", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("outcome_at", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.Integer()),
        sa.Column("split_from", sa.Integer()),
    )
    op.create_index("ix_visit_customer_id", "visit", ["customer_id"])
    _partial("visit_by_change", "visit", ["rollout", "changed_at"], "version > 1")
    op.create_index("visit_by_day", "visit", ["rollout", "day", "window_start", "window_end", "zone"])
    _partial("visit_by_outcome", "visit", ["rollout", "outcome_at"], "outcome_at IS NOT NULL")
    op.create_index("visit_by_since", "visit", ["rollout", "since"])
    op.create_table(
        "visitpast",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("window_start", sa.Integer()),
        sa.Column("window_end", sa.Integer()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("outcome_at", sa.Integer()),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.UniqueConstraint("visit_id", "version"),
    )
    op.create_index("ix_visitpast_rollout", "visitpast", ["rollout"])
    op.create_table(
        "workorder",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer()),
        sa.Column("commodity", sa.String(), nullable=False),
        sa.Column("old_meter", sa.String()),
        sa.Column("new_meter", sa.String()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("window_start", sa.Integer()),
        sa.Column("window_end", sa.Integer()),
        sa.Column("outcome", sa.String()),
        sa.Column("outcome_at", sa.Integer()),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.UniqueConstraint("rollout", "number"),
    )
    op.create_index("ix_workorder_visit_id", "workorder", ["visit_id"])


def _notices() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Integer()),
        sa.Column("notice_id", sa.Integer()),
        sa.Column("customer_id", sa.Integer()),
        sa.Column("ref", sa.String()),
        sa.Column("data", sa.String()),
    )
    op.create_index("journal_by_kind", "journal", ["rollout", "kind", "at"])
    op.create_index("journal_by_visit", "journal", ["visit_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("due_at", sa.Integer(), nullable=False),
        sa.Column("until_at", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String()),
        sa.Column("channel", sa.String()),
        sa.Column("tried", sa.String(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("told_day", sa.String()),
        sa.Column("told_start", sa.Integer()),
        sa.Column("told_end", sa.Integer()),
        sa.Column("skeleton", sa.String()),
        sa.Column("texts", sa.String()),
        sa.Column("parts", sa.Integer()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String()),
        sa.Column("provider_id", sa.String()),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.Integer()),
        sa.Column("lease_until", sa.Integer()),
        sa.Column("accepted_at", sa.Integer()),
        sa.Column("delivered_at", sa.Integer()),
        sa.Column("bounced_at", sa.Integer()),
        sa.Column("closed_at", sa.Integer()),
        sa.UniqueConstraint("visit_id", "notice", "occasion", "via"),
    )
    op.create_index("notice_by_customer", "notice", ["customer_id"])
    _partial("notice_open", "notice", ["rollout", "notice", "not_before"], "state IN ('due','held','attempting')")
    op.create_table(
        "score",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("kpi", sa.String(), nullable=False),
        sa.Column("cut", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("numerator", sa.Float(), nullable=False),
        sa.Column("denominator", sa.Float(), nullable=False),
        sa.Column("target", sa.Float()),
        sa.Column("status", sa.String(), nullable=False),
        sa.UniqueConstraint("rollout", "kpi", "cut", "at"),
    )
    op.create_table(
        "skeleton",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("slots", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
    )
    op.create_table(
        "stop",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rollout", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Integer()),
        sa.UniqueConstraint("rollout", "address", "channel", "purpose"),
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
