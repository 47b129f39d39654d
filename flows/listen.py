"""What customers and providers said, every minute."""

from datetime import UTC, datetime

from prefect import flow

from doorstep.inbox.heard import Counts
from flows.clock import as_scheduled, in_zone, scheduled_at
from flows.ending import ending
from flows.parameters import Moment
from tasks.answering import answer_at_once, look_everywhere
from tasks.listening import read_queues, work_on_heard


def _name() -> str:
    return f"listen {scheduled_at():%d %b %H:%M} UTC"


@flow(name="listen", flow_run_name=_name)
def listen(now: Moment = None, again: bool = False) -> Counts:
    """Work on everything that came in by hooks and queues, of all rollouts: what became of messages, and what customers wrote.

    Runs by itself every minute; starting it by hand repeats nothing.

    Args:
        now: Leave it None for this moment; without a zone it is UTC.
        again: Also try once more what could not be read before, as after an update of Doorstep.
    """
    clock = datetime.now(UTC)
    at = as_scheduled(scheduled_at(), clock) if now is None else in_zone(now, UTC)
    came = read_queues(at) if now is None else read_queues(at, wait=0)        # a moment that is played waits for nothing
    done = work_on_heard(at, again)
    if done.bodies:
        # A stop is confirmed within five minutes; and what many ask about on one day is a rumour.
        answer_at_once(at)
        look_everywhere(at)
    return ending(in_words(came, done), done)


def in_words(came: int, done: Counts) -> str:
    """What a run did, in one line: "12 news, 3 messages of customers, 1 could not be read"."""
    if not came and not done.bodies:
        return "nothing was heard"
    parts = {"news": done.news, "messages of customers": done.words, "of no meaning here": done.others,
             "waiting": done.waiting, "could not be read": done.failed}
    said = ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)
    return f"{done.bodies:,} deliveries: {said or 'nothing new'}"
