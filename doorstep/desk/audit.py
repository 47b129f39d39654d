"""The trail of the desk: who changed what, and who looked at which customer. Appended, never changed; ids only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from doorstep.model import Audit, table

A = table(Audit)
PAGE = 100


def note(connection: Connection, *, by: str, what: str, about: str, now: int, rollout: str = "", data: str | None = None) -> None:
    """Append one line: `what` is a verb ("answered", "looked"), `about` names the thing by its id ("enquiry 12")."""
    connection.execute(insert(A).values(at=now, rollout=rollout, by=by, what=what, about=about, data=data))


def trail(connection: Connection, *, before: int = 0, by: str = "", most: int = PAGE) -> Sequence[Any]:
    """The newest lines, or those older than the line `before`; all of them, or one person's."""
    wanted = select(A).order_by(A.c.id.desc()).limit(most)
    if before:
        wanted = wanted.where(A.c.id < before)
    if by:
        wanted = wanted.where(A.c.by == by)
    return connection.execute(wanted).all()


def last_looks(connection: Connection, rollout: str, about: str, *, since: int, not_by: str) -> Sequence[Any]:
    """Who else looked at a thing since then, the latest first: two people need not call the same customer."""
    return connection.execute(
        select(A.c.by, A.c.at).where(A.c.rollout == rollout, A.c.about == about, A.c.what == "looked", A.c.at >= since,
                                     A.c.by != not_by).order_by(A.c.id.desc()).limit(3)).all()
