"""A person decides whether a rumour is answered."""

from typing import Annotated

from prefect import flow
from pydantic import Field

from flows.clock import moment
from flows.ending import ending, run_name
from flows.parameters import Count, PersonName, RolloutName
from tasks.rumours import decide_on_rumour

RumourId = Annotated[int, Field(ge=1)]


@flow(name="approve-rumour", flow_run_name=run_name)
def approve_rumour(rollout: RolloutName, rumour_id: RumourId, count: Count, by: PersonName, dismiss: bool = False) -> int:
    """Answer a rumour in its area (notice B-13), or dismiss it: then nothing goes out.

    Both numbers stand in the artifact "rumours" of this rollout. A count that does not match changes nothing.

    Args:
        rollout: Which rollout.
        rumour_id: The rumour's id, as the artifact shows it.
        count: How many customers asked, as the artifact shows it.
        by: Your name. It is kept with the time.
        dismiss: Switch it on where there is nothing to answer.
    """
    left = decide_on_rumour(rollout, rumour_id, count, by, not dismiss, moment(rollout, None))
    return ending(f"Rumour {rumour_id} {'dismissed' if dismiss else 'approved: its answer goes out with the next send'}", left)
