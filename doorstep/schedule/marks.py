"""What of a source was taken already: a mark for each name there, written in the transaction that took it."""

from sqlalchemy import Connection, insert, select, update

from doorstep.model import SourceMark, table
from doorstep.rollout import Rollout

M = table(SourceMark)


def marks_of(connection: Connection, rollout: Rollout, beginning: str = "") -> dict[str, str]:
    """The mark of each name that begins so, by the rest of it."""
    found = connection.execute(select(M.c.source, M.c.mark).where(
        M.c.rollout == rollout.name, M.c.source.startswith(beginning)))
    return {source.removeprefix(beginning): mark for source, mark in found}


def remember(connection: Connection, rollout: Rollout, source: str, mark: str, now: int) -> None:
    """It need not come again. A file that a person named has no source, and may."""
    if not source:
        return
    row = {"rollout": rollout.name, "source": source, "mark": mark, "at": now}
    if not connection.execute(update(M).where(M.c.rollout == rollout.name, M.c.source == source).values(row)).rowcount:
        connection.execute(insert(M).values(row))
