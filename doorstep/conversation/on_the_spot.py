"""What answers a customer's message on the spot: a stop confirmed, a call for help, in the minutes that the law leaves."""

from dataclasses import replace

from doorstep.delivery import Sent, send_due
from doorstep.delivery.lines import Lines
from doorstep.planning import plan_phase
from doorstep.rollout import Rollout
from doorstep.store import Store
from doorstep.words import Library


def answer_on_the_spot(store: Store, rollout: Rollout, *, library: Library, lines: Lines, now: int) -> Sent:
    """Plan and hand over these notices alone, right after something was heard: the next round of sending may be too late."""
    alone = replace(rollout, plan=tuple(row for row in rollout.plan if row.on_the_spot))
    if not plan_phase(store, alone, phase=None, now=now, record_missed=False):
        return Sent()
    return send_due(store, alone, library=library, lines=lines, now=now)
