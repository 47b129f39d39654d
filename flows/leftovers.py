"""Runs that a power cut left behind: they look alive, and keep their deployment's only place for ever."""

from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed

ALIVE = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
SAID = "The machine stopped while this ran. Start it again: it finishes what is left and tells nobody twice."


def end_leftovers() -> int:
    """Mark every run as crashed that an earlier life of this server left alive; call before serving. Returns how many.

    Prefect keeps its leases in memory, so after a restart nothing else would ever free their places.
    """
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=ALIVE))
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=state))
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message=SAID), force=True)
    return len(runs)
