"""The ladder: a duty notice that came back from one channel goes down to the next that can still arrive in time."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from doorstep.model import Notice, table
from doorstep.rollout import Rollout
from doorstep.states import State
from doorstep.store import many

N = table(Notice)
_other = table(Notice).alias("other")
# Another copy that stands, or that is still to be looked at, tells the customer: then nothing falls.
_STANDING = ("due", "held", "attempting", "unknown", "accepted", "delivered")
_KEPT = ("rollout", "notice", "phase", "purpose", "visit_id", "customer_id", "occasion", "due_at", "until_at")
_INSERT = f"""INSERT INTO notice ({', '.join(_KEPT)}, via, tried, not_before, state, why, attempt, created_at)
    VALUES ({', '.join('?' * len(_KEPT))}, ?, ?, ?, 'due', 'came_back', 0, ?) ON CONFLICT DO NOTHING"""


def fall_back(connection: Connection, rollout: Rollout, notices: Collection[int], now: int) -> None:
    """For each of these notices that bounced: the same notice once more, without the channels that were tried.

    Whether one of the others can still arrive in time is decided when it is handed over.
    """
    rungs = {row.notice: len(row.ladder) for row in rollout.plan if row.purpose == "duty" and not row.on_the_spot}
    told = exists().where(_other.c.visit_id == N.c.visit_id, _other.c.notice == N.c.notice, _other.c.occasion == N.c.occasion,
                          _other.c.id != N.c.id, _other.c.state.in_(_STANDING)).correlate(N)
    back = connection.execute(select(N).where(
        N.c.id.in_(list(notices)), N.c.state == State.BOUNCED, N.c.notice.in_(list(rungs)), N.c.until_at > now, ~told)).all()
    many(connection, _INSERT, [_again(row, now) for row in back if len(_tried(row)) < rungs[row.notice]])


def _tried(row: Row[Any]) -> list[str]:
    return list(dict.fromkeys((*row.tried.split(), row.channel)))


def _again(row: Row[Any], now: int) -> tuple[Any, ...]:
    tried = " ".join(_tried(row))
    return (*(getattr(row, name) for name in _KEPT), f"after {tried}", tried, now, now)
