"""What waits for a person: shown after whatever may have changed it."""

from collections import Counter
from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.delivery import tally
from doorstep.delivery.arithmetic import mismatches
from doorstep.delivery.halting import standstills
from doorstep.delivery.resting import in_words
from doorstep.schedule import held_feeds, refused_rows
from doorstep.schedule.holding import last_taken
from doorstep.schedule.refused import REASON
from doorstep.timing import to_instant
from tasks.desk import Desk, desk
from tasks.pages import Waiting, waiting_page
from tasks.patience import patient
from tasks.publishing import publish


@patient("show what waits for a person")
def show_waiting(rollout: str) -> int:
    """Held feeds, refused rows, unknown outcomes, stops and failing providers, as an artifact; returns how many feeds wait."""
    with desk(rollout) as at:
        return _show(at, _waiting(at))


@patient("check the books")
def check_books(rollout: str, now: datetime) -> list[str]:
    """The daily arithmetic as of `now`: every way in which it does not balance, also as an artifact and as errors in the log."""
    with desk(rollout) as at:
        with at.store.read() as connection:
            wrong = mismatches(connection, at.rollout, to_instant(now))
        for each in wrong:
            get_run_logger().error("the books of %s do not balance: %s", rollout, each)
        _show(at, _waiting(at)._replace(mismatches=wrong))
    return wrong


def _waiting(at: Desk) -> Waiting:
    name = at.rollout.name
    refused = Counter(row[REASON] for row in refused_rows(at.store, name))
    with at.store.read() as connection:
        overtaken = last_taken(connection, name)
        counted = tally(connection, at.rollout)
        stops, resting = standstills(connection, at.rollout), in_words(connection, at.rollout)
    held = [feed for feed in held_feeds(at.store, name) if feed.feed_id > overtaken]
    return Waiting(held, refused, counted.unknown, stops, resting)


def _show(at: Desk, waiting: Waiting) -> int:
    name = at.rollout.name
    for feed in waiting.held:
        get_run_logger().warning("feed %s waits for a person: accept-feed with feed_id %s and count %s", feed.feed_id,
                                 feed.feed_id, feed.count)
    publish(waiting_page(name, waiting), f"What waits for a person in {name}", "waiting", name)
    return len(waiting.held)
