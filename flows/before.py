"""Before the visit: letters, reminders and checks."""

from prefect import flow

from flows.clock import moment
from flows.ending import ending, in_words, run_name
from flows.parameters import Moment, RolloutName
from flows.results import PhaseResult
from tasks.briefing import brief_staff
from tasks.measuring import measure_phase
from tasks.planning import plan_notices
from tasks.sending import hand_over


@flow(name="before", flow_run_name=run_name)
def before(rollout: RolloutName, now: Moment = None) -> PhaseResult:
    """Tell everyone who is due before their visit, and measure how well it went.

    Notices that are already told are never told again, so this may be run at any time.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment. A rehearsal may play another; without a zone it is the rollout's own time.
    """
    at = moment(rollout, now)
    planned = plan_notices(rollout, "before", at)
    sent = hand_over(rollout, "before", at)
    brief_staff(rollout, at)
    kpis = measure_phase(rollout, "before", at)
    return ending(in_words(planned, sent), PhaseResult(planned, sent, kpis))
