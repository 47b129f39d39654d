"""Rumours: found in what customers ask, shown to a person, answered or dismissed by that person."""

from collections.abc import Mapping
from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.conversation.rumours import Found, decide, find_rumours, waiting
from doorstep.errors import DoorstepError
from doorstep.timing import to_instant
from doorstep.words import Library
from doorstep.words.preview import drafted
from tasks.desk import Desk, desk
from tasks.pages import table
from tasks.patience import patient
from tasks.publishing import publish

NOTICE = "rumour-answer"
Drafts = Mapping[str, Mapping[str, str]]       # by topic and language


@patient("look for rumours")
def look_for_rumours(rollout: str, now: datetime) -> int:
    """Each new rumour is a warning in the log and stands in the artifact "rumours"; returns how many wait for a person."""
    with desk(rollout) as at:
        new = find_rumours(at.store, at.rollout, now=to_instant(now))
        found = waiting(at.store, at.rollout)
        page = rumours_page(rollout, found, _drafts(at, found)) if new else ""
    for each in found:
        if each.id in new:
            get_run_logger().warning("rumour %d of %s: %d customers of one area ask about %s; approve-rumour decides",
                                     each.id, rollout, each.customers, each.topic)
    if new:
        publish(page, f"Rumours in {rollout} that wait for a person", "rumours", rollout)
    return len(found)


@patient("decide on a rumour")
def decide_on_rumour(rollout: str, rumour_id: int, count: int, by: str, approve: bool, now: datetime) -> int:
    """Write the decision down, and show what still waits; returns how many do."""
    with desk(rollout) as at:
        decide(at.store, at.rollout, rumour_id, approve=approve, by=by, count=count, now=to_instant(now))
        left = waiting(at.store, at.rollout)
        page = rumours_page(rollout, left, _drafts(at, left))
    get_run_logger().info("rumour %d of %s: %s, by %s", rumour_id, rollout, "approved" if approve else "dismissed", by)
    publish(page, f"Rumours in {rollout} that wait for a person", "rumours", rollout)
    return len(left)


def rumours_page(rollout: str, found: list[Found], drafts: Drafts) -> str:
    """Each rumour with its answer as drafted, and the form's fields as they must be filled in."""
    if not found:
        return "No rumour waits for a person."
    return "\n\n".join(_rumour(rollout, each, drafts[each.topic]) for each in found)


def _drafts(at: Desk, found: list[Found]) -> Drafts:
    """A slip in the words hides no rumour: it stands where its answer would."""
    topics = {each.topic for each in found}
    try:
        library = Library.load(at.settings.templates)
        return {topic: drafted(library, at.rollout, NOTICE, topic=topic) for topic in topics}
    except DoorstepError as error:
        return {topic: {"": f"The answer cannot be drafted: {error}"} for topic in topics}


def _rumour(rollout: str, found: Found, drafts: Mapping[str, str]) -> str:
    return "\n\n".join([
        f"## Rumour {found.id}: {found.topic} in {found.area}",
        f"{found.customers} customers of {found.area} asked about {found.topic} within a day. The answer to it, notice B-13 "
        f"(`{NOTICE}`), would go to the {found.visits:,} open visits there, in the customer's language and by their channel. "
        "This is how an email reads:",
        *(f"```text\n{draft.strip()}\n```" for draft in drafts.values()),
        "To send it, or to dismiss it so that nothing goes out, start the deployment **approve-rumour** (Deployments, "
        "approve-rumour, Run, Custom run) with",
        table(["field", "value"], [("rollout", f"`{rollout}`"), ("rumour_id", f"`{found.id}`"), ("count", f"`{found.customers}`"),
                                   ("by", "your name"), ("dismiss", "leave it off to send the answer")]),
    ])
