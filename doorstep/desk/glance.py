"""What waits for a person in one rollout, as numbers: the first page of the desk. Names no customer."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from doorstep.delivery.halting import Standstill, standstills
from doorstep.delivery.resting import in_words
from doorstep.desk.cases import Counts, counts
from doorstep.desk.scores import last_scores
from doorstep.model import Feed, Rumour, table
from doorstep.rollout import Rollout
from doorstep.schedule.holding import last_taken

F, R = table(Feed), table(Rumour)


class Glance(NamedTuple):
    """One rollout at a glance."""

    cases: Counts
    held: int
    stops: list[Standstill]
    resting: list[str]             # providers that failed lately, a sentence each
    rumours: int
    kpis: dict[str, int]           # by status


def glance(connection: Connection, rollout: Rollout, *, now: int) -> Glance:
    """Everything from indexes; a million visits cost nothing here."""
    # One that a newer feed has overtaken asks for nothing any more.
    held = connection.execute(select(func.count()).where(F.c.rollout == rollout.name, F.c.state == "held",
                                                         F.c.id > last_taken(connection, rollout.name))).scalar_one()
    return Glance(counts(connection, rollout, now), held, standstills(connection, rollout), in_words(connection, rollout),
                  len(rumours(connection, rollout, state="found")),
                  dict(Counter(value.status for value in last_scores(connection, rollout, now=now))))


def rumours(connection: Connection, rollout: Rollout, *, state: str = "") -> Sequence[Any]:
    """The rumours found, the latest first; those that wait, or all."""
    wanted = select(R).where(R.c.rollout == rollout.name).order_by(R.c.found_at.desc(), R.c.id.desc()).limit(200)
    return connection.execute(wanted.where(R.c.state == state) if state else wanted).all()


def last_feeds(connection: Connection, rollout: Rollout) -> Sequence[Any]:
    """The feeds pulled last, the latest first."""
    return connection.execute(select(F).where(F.c.rollout == rollout.name).order_by(F.c.id.desc()).limit(20)).all()
