"""What waits for a person: shown after whatever may have changed it."""

from collections import Counter

from prefect.logging import get_run_logger

from doorstep.delivery import tally
from doorstep.schedule import held_feeds, refused_rows
from doorstep.schedule.holding import last_taken
from doorstep.schedule.refused import REASON
from tasks.desk import desk
from tasks.pages import waiting_page
from tasks.patience import patient
from tasks.publishing import publish


@patient("show what waits for a person")
def show_waiting(rollout: str) -> int:
    """Held feeds, refused rows and notices of unknown outcome, as an artifact; returns how many feeds are held."""
    with desk(rollout) as at:
        refused = Counter(row[REASON] for row in refused_rows(at.store, rollout))
        with at.store.read() as connection:
            overtaken = last_taken(connection, rollout)
            unknown = tally(connection, at.rollout).unknown
        held = [feed for feed in held_feeds(at.store, rollout) if feed.feed_id > overtaken]
    for feed in held:
        get_run_logger().warning("feed %s waits for a person: accept-feed with feed_id %s and count %s", feed.feed_id,
                                 feed.feed_id, feed.count)
    publish(waiting_page(rollout, held, refused, unknown), f"What waits for a person in {rollout}", "waiting", rollout)
    return len(held)
