"""The schedule becomes visits: what is new, moved, cancelled or done since the last pull."""

from prefect import flow

from doorstep.schedule import PullReport
from flows.clock import moment
from flows.ending import ending, files, run_name
from flows.parameters import Moment, RolloutName
from tasks.booking import hand_back, read_calendar, read_readings
from tasks.pulling import pull_schedule
from tasks.waiting import show_waiting


@flow(name="pull", flow_run_name=run_name)
def pull(rollout: RolloutName, now: Moment = None) -> list[PullReport]:
    """Tell the scheduler what customers asked for, read the schedule files that are new, and bring every visit up to date.

    A file that would drop, move or cancel too many visits is held whole and changes nothing: see the artifact "waiting", and
    start "accept-feed" with the id and the count shown there.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment. A rehearsal may play another; without a zone it is the rollout's own time.
    """
    at = moment(rollout, now)
    # Before the schedule: a refusal must not wait another night. A scheduler who is away keeps no visit from its news.
    beside = [hand_back(rollout, at, return_state=True), read_calendar(rollout, at, return_state=True)]
    reports = pull_schedule(rollout, at)
    beside.append(read_readings(rollout, at, return_state=True))       # of the work orders that the schedule has named
    show_waiting(rollout)
    for each in beside:
        each.result()
    return ending(files(reports), reports)
