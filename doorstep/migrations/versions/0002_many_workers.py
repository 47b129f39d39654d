"""Emergency stops, circuit breakers, wishes of customers, open notices that are unknown; numbers of 64 bits on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from doorstep.migrations.kinds import WHOLE, WORDS, add

revision = "0002"
down_revision = "0001"

OPEN = sa.text("state IN ('due','held','attempting','unknown')")
TABLES = ("customer", "feed", "journal", "notice", "refused", "score", "skeleton", "sourcemark", "stop", "visit", "visitpast",
          "workorder")


def upgrade() -> None:
    """Add what is new. Whoever worked between two versions has some of it already."""
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            _widen(table)
    add("customer", sa.Column("most_per_week", WHOLE))
    add("customer", sa.Column("large_print", WHOLE, server_default=sa.text("0"), nullable=False))
    op.create_index("customer_by_phone", "customer", ["rollout", "phone"], if_not_exists=True)
    op.drop_index("notice_open", "notice")
    op.create_index("notice_open", "notice", ["rollout", "notice", "not_before"], sqlite_where=OPEN, postgresql_where=OPEN)
    _halt()
    _rest()


def _halt() -> None:
    op.create_table(
        "halt",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("area", WORDS),
        sa.Column("notice", WORDS),
        sa.Column("language", WORDS),
        sa.Column("reason", WORDS, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("ended_at", WHOLE),
        sa.Column("ended_by", WORDS),
        if_not_exists=True,
    )
    op.create_index("ix_halt_rollout", "halt", ["rollout"], if_not_exists=True)


def _rest() -> None:
    op.create_table(
        "rest",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("provider", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("failures", WHOLE, nullable=False),
        sa.Column("until", WHOLE, nullable=False),
        sa.Column("why", WORDS, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.UniqueConstraint("rollout", "provider", "kind"),
        if_not_exists=True,
    )


def _widen(table: str) -> None:
    """All columns at once, since PostgreSQL writes the table anew for it."""
    changes, columns = [], sa.inspect(op.get_bind()).get_columns(table)
    for column in columns:
        if isinstance(column["type"], sa.Integer):
            changes.append(f'ALTER COLUMN "{column["name"]}" TYPE BIGINT')
        elif isinstance(column["type"], sa.String):
            changes.append(f'ALTER COLUMN "{column["name"]}" TYPE VARCHAR COLLATE "C"')
    op.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')
    if any(column["name"] == "id" for column in columns):
        op.execute(f'ALTER SEQUENCE "{table}_id_seq" AS BIGINT')
