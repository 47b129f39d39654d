"""Planning: for each notice of a phase, the query that finds who is due is run and its notices are born."""

from doorstep.plan import insert_due, insert_missed, slots
from doorstep.rollout import Rollout
from doorstep.store import Store, analyze

MANY = 10_000           # new notices after which the database's planner must look again


def plan_phase(store: Store, rollout: Rollout, *, phase: str | None, now: int, record_missed: bool = True) -> int:
    """Insert the notices that are due at `now`, of one phase or (None) of all; returns how many were born.

    Each notice is one transaction: a crash between two leaves whole notices, and a second run finishes the rest.
    """
    with store.read() as connection:
        known = slots(connection, rollout, now)
    born = 0
    for row in rollout.plan:
        if phase in (None, row.phase):
            with store.write(alone=f"plan {rollout.name}") as connection:
                new = insert_due(connection, rollout, row, known, now)
                if record_missed:
                    insert_missed(connection, rollout, row, known, now)
                if new > MANY:
                    analyze(connection, "notice")
                born += new
    return born
