"""One night of one rollout: pull, then before, during and after, then measure."""

from prefect import flow

from flows.after import after
from flows.before import before
from flows.clock import missed_night, moment
from flows.during import during
from flows.ending import closing, ending, run_name, said, together
from flows.measure import measure
from flows.parameters import Moment, RolloutName
from flows.pull import pull
from flows.results import Night
from tasks.measuring import sum_up

STEPS = (pull, before, during, after, measure)


@flow(name="nightly", flow_run_name=run_name)
def nightly(rollout: RolloutName, now: Moment = None) -> Night:
    """Do a whole night: read the schedule, tell everyone who is due, measure every phase.

    Runs by itself every night. A night that broke off may be run again: it finishes the rest and tells nobody twice.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment. A rehearsal may play another; without a zone it is the rollout's own time.
    """
    if now is None and (reason := missed_night()):
        return ending(reason, Night(), name="Skipped")
    at = moment(rollout, now)
    # A step that fails does not stop the night: without tonight's schedule, yesterday's still has its reminders.
    ends = {step.name: step(rollout, at, return_state=True) for step in STEPS}
    night, sayings = together(ends), said(ends)
    sum_up(rollout, sayings, night.measured.kpis if night.measured else [])
    return closing(night, sayings, [name for name, end in ends.items() if not end.is_completed()])
