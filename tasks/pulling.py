"""Pulling the schedule: waits while the source is away, and shows what the pull changed."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep import schedule
from doorstep.schedule import PullReport
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.pages import pull_page
from tasks.patience import patient
from tasks.publishing import publish


@patient("pull the schedule")
def pull_schedule(rollout: str, now: datetime) -> list[PullReport]:
    """Every new file of the rollout's source, merged or held; one report each."""
    with desk(rollout) as at:
        reports = schedule.pull(at.store, at.rollout, settings=at.settings, now=to_instant(now))
    for report in reports:
        _log(report)
    if reports:
        publish(pull_page(reports), f"What the pull of {rollout} changed", "pull", rollout)
    return reports


@patient("take a held feed")
def take_held_feed(rollout: str, feed_id: int, count: int, by: str, now: datetime) -> PullReport:
    """Merge a held feed whose id and count a person repeated."""
    with desk(rollout) as at:
        report = schedule.accept_feed(at.store, at.rollout, settings=at.settings, feed_id=feed_id, count=count, by=by,
                                      now=to_instant(now))
    _log(report)
    publish(pull_page([report]), f"What feed {feed_id} of {rollout} changed", "pull", rollout)
    return report


def _log(report: PullReport) -> None:
    said = report.as_json()
    log = get_run_logger()
    log.info("feed %s: %s rows, %s taken, refused %s, changed %s", report.feed_id, said["rows"], said["taken"],
             said["refused"] or "none", said["changed"])
    if said["held"]:
        log.warning("feed %s is held (%s): nothing of it was taken; a person decides", report.feed_id, said["held"])
