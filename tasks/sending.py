"""Handing over what is due: in chunks, with a log line for each, and never so long that "now" is no longer now."""

import time
from collections.abc import Iterator
from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.delivery import Sent, send_due
from doorstep.delivery.lines import open_lines
from doorstep.timing import to_instant
from doorstep.words import Library
from tasks.desk import Desk, desk
from tasks.pacing import make_limits, pacing
from tasks.patience import patient

CHUNK = 20_000               # notices between two looks at the clock
MOST_SECONDS = 45 * 60       # then quiet hours may have begun: the next run of "send" reads the clock anew


@patient("hand over what is due")
def hand_over(rollout: str, phase: str | None, now: datetime) -> Sent:
    """Hand over the open notices of a phase (None: of all), most urgent first; what became of each, as counts."""
    log = get_run_logger()
    total = Sent()
    end = time.monotonic() + MOST_SECONDS
    with desk(rollout) as at:
        for part in _chunks(at, phase, to_instant(now)):
            total.add(part)
            log.info("%s: %s", phase or "all phases", part.as_json())
            if part.due >= CHUNK and time.monotonic() > end:
                log.warning("stopped after %d minutes; the next run of send goes on", MOST_SECONDS // 60)
                break
    return total


def _chunks(at: Desk, phase: str | None, now: int) -> Iterator[Sent]:
    """Send in chunks until one is not full."""
    library = Library.load(at.settings.templates)
    lines, pace = open_lines(at.rollout, at.settings), pacing(at.rollout)
    make_limits(at.rollout)
    full = True
    while full:
        part = send_due(at.store, at.rollout, library=library, lines=lines, now=now, phase=phase, most=CHUNK,
                        pace=pace)
        full = part.due >= CHUNK
        yield part
