"""What is due now, handed over every few minutes."""

from prefect import flow

from doorstep.delivery import Sent
from flows.clock import moment
from flows.ending import ending, in_words, run_name
from flows.parameters import Moment, RolloutName
from tasks.booking import hand_back
from tasks.helping import call_helpers
from tasks.planning import plan_notices
from tasks.sending import hand_over


@flow(name="send", flow_run_name=run_name)
def send(rollout: RolloutName, now: Moment = None) -> Sent:
    """Find every notice that is due now, of all three phases, and hand it over; tell the scheduler what customers asked for.

    Runs by itself every few minutes; starting it by hand hurries nothing and repeats nothing.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment. A rehearsal may play another; without a zone it is the rollout's own time.
    """
    at = moment(rollout, now)
    # A scheduler who is away keeps no customer from a notice; the run says so at its end.
    handed_back = hand_back(rollout, at, return_state=True)
    planned = plan_notices(rollout, None, at)
    call_helpers(rollout, at)
    sent = hand_over(rollout, None, at)
    handed_back.result()
    return ending(in_words(planned, sent), sent)
