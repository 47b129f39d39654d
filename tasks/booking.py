"""Slots, requests and readings: waits while their places are away, and says in the log what went either way."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.booking.calendar import read_slots
from doorstep.booking.write_back import write_back
from doorstep.timing import to_instant
from doorstep.usage import read_usage
from tasks.desk import desk
from tasks.patience import patient


@patient("hand requests to the scheduler")
def hand_back(rollout: str, now: datetime) -> int:
    """Every move and refusal that the scheduler was not told of yet; how many."""
    with desk(rollout) as at:
        told = write_back(at.store, at.rollout, at.settings, now=to_instant(now))
    if told:
        get_run_logger().info("%d requests of customers handed to the scheduler of %s", told, rollout)
    return told


@patient("read what customers used")
def read_readings(rollout: str, now: datetime) -> int:
    """Every new file of usage; of how many meters there is news. Lines that cannot be read are warnings."""
    with desk(rollout) as at:
        reports = read_usage(at.store, at.rollout, at.settings, now=to_instant(now))
    for report in reports:
        get_run_logger().info("%s: %d lines, %d of them news", report.file, report.rows, report.news)
        if report.faults:          # what stands in them is the file's own, and may be anybody's
            get_run_logger().warning("%s: %d lines could not be taken; `doorstep usage %s --file` names each", report.file,
                                     len(report.faults), rollout)
    return sum(report.news for report in reports)


@patient("read the slot calendar")
def read_calendar(rollout: str, now: datetime) -> int:
    """Every new file of slots; how many slots are new or have another capacity. Lines that cannot be read are warnings."""
    with desk(rollout) as at:
        reports = read_slots(at.store, at.rollout, at.settings, now=to_instant(now))
    for report in reports:
        get_run_logger().info("%s: %d slots added, %d changed", report.file, report.added, report.changed)
        for fault in report.faults:
            get_run_logger().warning("%s", fault)
    return sum(report.added + report.changed for report in reports)
