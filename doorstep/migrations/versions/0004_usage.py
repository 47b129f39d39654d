"""What customers used since their meter was fitted; visits are found by those that they joined or came from."""

import sqlalchemy as sa
from alembic import op

from doorstep.migrations.kinds import WHOLE, WORDS

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table and the indexes."""
    op.create_table(
        "usage",
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("visit_id", WHOLE, nullable=False),
        sa.Column("first_day", WORDS, nullable=False),
        sa.Column("last_day", WORDS, nullable=False),
        sa.Column("thousandths", WHOLE, nullable=False),
        sa.Column("unit", WORDS, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
        if_not_exists=True,
    )
    merged, split = sa.text("merged_into IS NOT NULL"), sa.text("split_from IS NOT NULL")
    op.create_index("visit_merged", "visit", ["merged_into"], sqlite_where=merged, postgresql_where=merged, if_not_exists=True)
    op.create_index("visit_split", "visit", ["split_from"], sqlite_where=split, postgresql_where=split, if_not_exists=True)
    op.create_index("ix_usage_rollout", "usage", ["rollout"], if_not_exists=True)
    op.create_index("ix_usage_visit_id", "usage", ["visit_id"], if_not_exists=True)
