"""A further sender: shares what is due with the run that called it."""

from prefect import flow

from doorstep.delivery import Sent
from flows.clock import moment
from flows.ending import ending, in_words, run_name
from flows.parameters import Moment, RolloutName
from tasks.sending import hand_over as hand_over_due


@flow(name="hand-over", flow_run_name=run_name)
def hand_over(rollout: RolloutName, now: Moment = None) -> Sent:
    """Hand over what is due already, beside other runs that do the same; nobody is told twice.

    Started by "send" where the rollout wants several senders; starting it by hand adds one more.

    Args:
        rollout: Which rollout.
        now: Leave it None for this moment; "send" hands its own down.
    """
    sent = hand_over_due(rollout, None, moment(rollout, now))
    return ending(in_words(0, sent), sent)
