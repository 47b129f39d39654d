"""Rumours: found in what customers ask, shown to a person, answered or dismissed by that person."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.conversation.rumours import Found, decide, find_rumours, waiting
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.pages import table
from tasks.patience import patient
from tasks.publishing import publish


@patient("look for rumours")
def look_for_rumours(rollout: str, now: datetime) -> int:
    """Each new rumour is a warning in the log and stands in the artifact "rumours"; returns how many wait for a person."""
    with desk(rollout) as at:
        new = find_rumours(at.store, at.rollout, now=to_instant(now))
        found = waiting(at.store, at.rollout)
    for each in found:
        if each.id in new:
            get_run_logger().warning("rumour %d of %s: %d customers of one area ask about %s; approve-rumour decides",
                                     each.id, rollout, each.customers, each.topic)
    if new:
        publish(rumours_page(rollout, found), f"Rumours in {rollout} that wait for a person", "rumours", rollout)
    return len(found)


@patient("decide on a rumour")
def decide_on_rumour(rollout: str, rumour_id: int, count: int, by: str, approve: bool, now: datetime) -> int:
    """Write the decision down, and show what still waits; returns how many do."""
    with desk(rollout) as at:
        decide(at.store, at.rollout, rumour_id, approve=approve, by=by, count=count, now=to_instant(now))
        left = waiting(at.store, at.rollout)
    get_run_logger().info("rumour %d of %s: %s, by %s", rumour_id, rollout, "approved" if approve else "dismissed", by)
    publish(rumours_page(rollout, left), f"Rumours in {rollout} that wait for a person", "rumours", rollout)
    return len(left)


def rumours_page(rollout: str, found: list[Found]) -> str:
    """Each rumour with the form's fields as they must be filled in."""
    if not found:
        return "No rumour waits for a person."
    return "\n\n".join(_rumour(rollout, each) for each in found)


def _rumour(rollout: str, found: Found) -> str:
    return "\n\n".join([
        f"## Rumour {found.id}: {found.topic} in {found.area}",
        f"{found.customers} customers of {found.area} asked about {found.topic} within a day. The answer to it, notice B-13 "
        f"(`rumour-answer`), would go to the {found.visits:,} open visits there. See it with `doorstep preview rumour-answer`.",
        "To send it, or to dismiss it so that nothing goes out, start the deployment **approve-rumour** (Deployments, "
        "approve-rumour, Run, Custom run) with",
        table(["field", "value"], [("rollout", f"`{rollout}`"), ("rumour_id", f"`{found.id}`"), ("count", f"`{found.customers}`"),
                                   ("by", "your name"), ("dismiss", "leave it off to send the answer")]),
    ])
