"""How alembic runs: on the connection that it is handed, in the transaction that is open there."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

from doorstep import model  # noqa: F401  (the tables must be known to be compared)
from doorstep.migrations import VERSION_TABLE


def in_our_words(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A drafted migration names the kinds of `doorstep.migrations.kinds`."""
    if kind != "type":
        return False
    return "WHOLE" if isinstance(thing, sa.Integer) else "WORDS" if isinstance(thing, sa.String) else False


context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata,
                  version_table=VERSION_TABLE, render_item=in_our_words)
with context.begin_transaction():
    context.run_migrations()
