"""Finding who is due: one query for each notice of the plan."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.planning import plan_phase
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.patience import patient


@patient("find who is due")
def plan_notices(rollout: str, phase: str | None, now: datetime) -> int:
    """The notices of a phase (None: of all) that became due by `now`; returns how many are new."""
    with desk(rollout) as at:
        born = plan_phase(at.store, at.rollout, phase=phase, now=to_instant(now))
    get_run_logger().info("%s: %d notices are newly due", phase or "all phases", born)
    return born
