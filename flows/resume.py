"""A person ends an emergency stop."""

from prefect import flow

from flows.clock import moment
from flows.ending import ending, run_name
from flows.parameters import PersonName, RolloutName, StopId
from tasks.halting import go_on_sending
from tasks.waiting import show_waiting


@flow(name="resume", flow_run_name=run_name)
def resume(rollout: RolloutName, by: PersonName, stop_id: StopId = None) -> int:
    """End an emergency stop. What is still useful goes out with the next run of "send".

    Args:
        rollout: Which rollout.
        by: Your name. It is kept in the journal with the time.
        stop_id: The stop's id, as the artifact "waiting" shows it; leave it empty to end all of them.
    """
    ended = go_on_sending(rollout, stop_id, by, moment(rollout, None, speaks=False))
    show_waiting(rollout)
    return ending(f"{ended} emergency stops ended", ended)
