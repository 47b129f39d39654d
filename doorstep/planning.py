"""Planning: for each notice of a phase, the query that finds who is due is run and its notices are born."""

from doorstep.plan import Pick, insert_picked, missed_picks, picks, slots
from doorstep.rollout import PlanRow, Rollout
from doorstep.store import Store, analyze

MANY = 10_000           # new notices after which the database's planner must look again


def plan_phase(store: Store, rollout: Rollout, *, phase: str | None, now: int, record_missed: bool = True) -> int:
    """Insert the notices that are due at `now`, of one phase or (None) of all; returns how many were born.

    Each notice is one transaction: a crash between two leaves whole notices, and a second run finishes the rest.
    """
    born = 0
    for row, due, missed in _wanted(store, rollout, phase, now, record_missed):
        with store.write(alone=f"plan {rollout.name}") as connection:
            new = insert_picked(connection, row, due)
            insert_picked(connection, row, missed)
            if new > MANY:
                analyze(connection, "notice")
        born += new
    return born


def _wanted(store: Store, rollout: Rollout, phase: str | None, now: int, record_missed: bool
            ) -> list[tuple[PlanRow, list[Pick], list[Pick]]]:
    """The notices of which any may be due or missed now, with their queries."""
    with store.read() as connection:
        known = slots(connection, rollout, now)
        found = [(row, picks(connection, rollout, row, known, now, now),
                  missed_picks(rollout, row, known, now) if record_missed else [])
                 for row in rollout.plan if phase in (None, row.phase)]
    return [(row, due, missed) for row, due, missed in found if due or missed]
