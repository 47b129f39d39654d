"""The emergency stop, with who pressed it and why in the log and on the page of what waits for a person."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.delivery.halting import Scope, halt, resume
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.patience import patient


@patient("stop sending")
def stop_sending(rollout: str, scope: Scope, reason: str, by: str, now: datetime) -> int:
    """Halt what fits the scope from the next batch on; returns the stop's id."""
    with desk(rollout) as at:
        number = halt(at.store, at.rollout, scope, reason=reason, by=by, now=to_instant(now))
    get_run_logger().warning("emergency stop %d of %s: %s, by %s", number, rollout, scope, by)
    return number


@patient("go on sending")
def go_on_sending(rollout: str, number: int | None, by: str, now: datetime) -> int:
    """End one emergency stop, or (None) all of them; returns how many ended."""
    with desk(rollout) as at:
        ended = resume(at.store, at.rollout, number, by=by, now=to_instant(now))
    get_run_logger().warning("%d emergency stops of %s ended, by %s", ended, rollout, by)
    return ended
