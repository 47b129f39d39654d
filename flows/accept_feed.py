"""A person says that a held feed is right after all."""

from prefect import flow

from doorstep.schedule import PullReport
from flows.clock import moment
from flows.ending import ending, run_name
from flows.parameters import Count, FeedId, PersonName, RolloutName
from tasks.pulling import take_held_feed
from tasks.waiting import show_waiting


@flow(name="accept-feed", flow_run_name=run_name)
def accept_feed(rollout: RolloutName, feed_id: FeedId, count: Count, by: PersonName) -> PullReport:
    """Take a feed that was held because it would drop, move or cancel too many visits.

    Both numbers stand in the artifact "waiting" of this rollout. A count that does not match changes nothing: the feed
    or the schedule is no longer what you looked at.

    Args:
        rollout: Which rollout.
        feed_id: The held feed's id, as the artifact shows it.
        count: How many open work orders it would change, as the artifact shows it.
        by: Your name. It is kept in the journal with the time.
    """
    report = take_held_feed(rollout, feed_id, count, by, moment(rollout, None))
    show_waiting(rollout)
    return ending(f"Feed {feed_id} taken, accepted by a person", report)
