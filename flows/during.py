"""During the visit: its day, its changes and how it ended."""

from prefect import flow

from flows.clock import moment
from flows.ending import ending, in_words, run_name
from flows.parameters import Moment, RolloutName
from flows.results import PhaseResult
from tasks.measuring import measure_phase
from tasks.planning import plan_notices
from tasks.sending import hand_over


@flow(name="during", flow_run_name=run_name)
def during(rollout: RolloutName, now: Moment = None) -> PhaseResult:
    """Tell everyone whose visit is under way, moved, cancelled or done, and measure how well it went.

    A customer who was told a date that is no longer so gets a correction. Safe to run at any time.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment. A rehearsal may play another; without a zone it is the rollout's own time.
    """
    at = moment(rollout, now)
    planned = plan_notices(rollout, "during", at)
    sent = hand_over(rollout, "during", at)
    kpis = measure_phase(rollout, "during", at)
    return ending(in_words(planned, sent), PhaseResult(planned, sent, kpis))
