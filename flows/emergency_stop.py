"""A person stops the sending at once, of everything or of a part."""

from prefect import flow

from doorstep.delivery.halting import Scope
from flows.clock import moment
from flows.ending import ending, run_name
from flows.parameters import PersonName, Reason, RolloutName, Words
from tasks.halting import stop_sending
from tasks.waiting import show_waiting


@flow(name="emergency-stop", flow_run_name=run_name)
def emergency_stop(rollout: RolloutName, reason: Reason, by: PersonName, area: Words = None, notice: Words = None,
                   language: Words = None) -> int:
    """Stop sending at once: nothing that fits goes out from the next batch on, until someone starts "resume".

    Leave area, notice and language empty to stop the whole rollout. What is past its usefulness when the stop ends
    is recorded as missed; the rest goes out then.

    Args:
        rollout: Which rollout.
        reason: What is wrong. It is kept in the journal.
        by: Your name. It is kept in the journal with the time.
        area: Only this area.
        notice: Only this notice of the plan, such as "reminder".
        language: Only customers of this language, such as "ar".
    """
    scope = Scope(area, notice, language)
    number = stop_sending(rollout, scope, reason, by, moment(rollout, None, speaks=False))
    show_waiting(rollout)
    return ending(f"Emergency stop {number}: {scope}", number)
