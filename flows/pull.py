"""The schedule becomes visits: what is new, moved, cancelled or done since the last pull."""

from prefect import flow

from doorstep.schedule import PullReport
from flows.clock import moment
from flows.ending import ending, files, run_name
from flows.parameters import Moment, RolloutName
from tasks.pulling import pull_schedule
from tasks.waiting import show_waiting


@flow(name="pull", flow_run_name=run_name)
def pull(rollout: RolloutName, now: Moment = None) -> list[PullReport]:
    """Read the schedule files that are new, and bring every visit up to date.

    A file that would drop, move or cancel too many visits is held whole and changes nothing: see the artifact "waiting", and
    start "accept-feed" with the id and the count shown there.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment. A rehearsal may play another; without a zone it is the rollout's own time.
    """
    reports = pull_schedule(rollout, moment(rollout, now))
    show_waiting(rollout)
    return ending(files(reports), reports)
