"""The kinds of columns that mean the same on SQLite and PostgreSQL."""

import sqlalchemy as sa

# A number of 64 bits, as all of SQLite's are.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Compared and sorted by its bytes, as SQLite does, whatever language PostgreSQL was set up for.
WORDS = sa.String().with_variant(sa.String(collation="C"), "postgresql")
