"""The kinds of columns that mean the same on SQLite and PostgreSQL."""

import sqlalchemy as sa
from alembic import op

# A number of 64 bits, as all of SQLite's are.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Compared and sorted by its bytes, as SQLite does, whatever language PostgreSQL was set up for.
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def add(table: str, column: sa.Column[int]) -> None:
    """Add a column, unless somebody who worked between two versions has it already."""
    if column.name not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)
