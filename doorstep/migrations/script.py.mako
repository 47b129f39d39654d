"""${message}"""

import sqlalchemy as sa
from alembic import op

from doorstep.migrations.kinds import WHOLE, WORDS

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the tables from ${down_revision} to ${up_revision}. Whole numbers are WHOLE, texts are WORDS."""
    ${upgrades if upgrades else "pass"}
