"""How well the rollout does: every KPI against its target, and the page that shows them."""

from prefect import flow

from doorstep.errors import DoorstepError
from flows.clock import moment
from flows.ending import ending, in_short, run_name
from flows.parameters import Moment, RolloutName
from flows.results import Measured
from tasks.briefing import check_shifts
from tasks.measuring import measure_phases, write_page
from tasks.waiting import check_books


@flow(name="measure", flow_run_name=run_name)
def measure(rollout: RolloutName, now: Moment = None) -> Measured:
    """Work out every KPI, write the report page, check the daily arithmetic, and say what waits for a person.

    Sends nothing. Fails, when all is written, where the books do not balance: then someone must look.

    Args:
        rollout: Which rollout.
        now: Leave it None for the KPIs of this moment, or name another; without a zone it is the rollout's own time.
    """
    at = moment(rollout, now, speaks=False)
    kpis = measure_phases(rollout, at)
    check_shifts(rollout, at)
    page = write_page(rollout, at)
    if wrong := check_books(rollout, at):
        raise DoorstepError(f"The books do not balance: {'; '.join(wrong)}")
    return ending(in_short(kpis), Measured(kpis, page))
