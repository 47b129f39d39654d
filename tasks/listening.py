"""Listening: what waits in queues is fetched and kept, and what was kept is worked on, for every rollout at once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.errors import DoorstepError, Transient
from doorstep.inbox.heard import Counts, try_again, work_heard
from doorstep.inbox.sqs import queues_of, read_queue
from doorstep.rollout import Rollout, load_rollout, rollout_names
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from doorstep.timing import to_instant
from tasks.patience import patient

WAIT = 20                    # seconds; SQS itself allows no more
CHUNK = 5_000                # bodies between two log lines
MOST_SECONDS = 20 * 60       # then the next run goes on


@dataclass(frozen=True)
class Ears:
    """All rollouts within reach: what is heard does not say at first whose it is."""

    settings: Settings
    rollouts: dict[str, Rollout]
    store: Store


@contextmanager
def ears() -> Iterator[Ears]:
    """Open every rollout. One whose file is wrong is said so, and the others are listened to all the same."""
    settings = Settings()
    known = {}
    for name in rollout_names(settings.config):
        try:
            known[name] = load_rollout(settings.config, name)
        except DoorstepError as error:
            get_run_logger().error("%s is not listened to: %s", name, error)
    store = open_store(settings)
    try:
        yield Ears(settings, known, store)
    finally:
        store.close()


@patient("read the queues")
def read_queues(now: datetime, wait: int = WAIT) -> int:
    """Keep what waits in every queue of ours; returns how many messages came. One queue's trouble stops no other.

    `wait` is how many seconds empty queues are listened to, all together."""
    began, came, troubles = time.monotonic(), 0, []
    with ears() as at:
        queues = queues_of(at.settings.sqs_queues)
        for url in queues:
            try:
                came += read_queue(at.store, url, wait=wait // len(queues),
                                   now=lambda: to_instant(now) + int(time.monotonic() - began))
            except Transient as trouble:
                troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return came


@patient("work on what was heard")
def work_on_heard(now: datetime, again: bool = False) -> Counts:
    """Work until nothing is left, or it takes too long; what became of it, as counts."""
    log, total, end = get_run_logger(), Counts(), time.monotonic() + MOST_SECONDS
    with ears() as at:
        if again:
            log.info("%d bodies that could not be read are tried again", try_again(at.store))
        while time.monotonic() < end:
            part = work_heard(at.store, at.rollouts, now=to_instant(now), most=CHUNK)
            total += part
            if part.bodies:
                log.info("worked on what was heard: %s", part)
            if part.bodies < CHUNK or part.waiting == part.bodies:
                break
    if total.failed:
        log.warning("%d bodies could not be read; the table heard says why, and keeps them", total.failed)
    return total
