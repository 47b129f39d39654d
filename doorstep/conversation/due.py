"""By when a customer must have an answer: in the rollout's working days, and on the same one where it may not wait."""

from datetime import date

from doorstep.rollout import Rollout
from doorstep.timing import DAY_START, instant, local_day

DAY_END = 17 * 60
# What may not wait, whatever the rollout's own list says: someone died, or someone goes about as one of ours.
ALWAYS_URGENT = ("deceased", "impostor")


def due_at(rollout: Rollout, *, kind: str, topic: str, now: int) -> int:
    """The end of the working day by which what is asked at `now` must be answered.

    What comes after office hours or on a day off counts as asked on the next working day. What is urgent is due at the end
    of that very day, what comes in its last hour at the latest at the next day's start.
    """
    rules = rollout.file.conversation
    day = asked_on(rollout, now)
    if not {kind, topic} & {*rules.urgent, *ALWAYS_URGENT}:
        return instant(rollout.calendar.shift(day, rules.answer_days), DAY_END, rollout.zone)
    end = instant(day, DAY_END, rollout.zone)
    return end if end - now >= 3600 else instant(rollout.calendar.shift(day, 1), DAY_START, rollout.zone)


def asked_on(rollout: Rollout, now: int) -> date:
    """The working day on which people begin with what comes at `now`."""
    day = local_day(now, rollout.zone)
    if rollout.calendar.is_working(day) and now < instant(day, DAY_END, rollout.zone):
        return day
    return rollout.calendar.shift(day, 1)
