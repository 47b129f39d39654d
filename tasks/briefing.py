"""Staff before the visit: their briefings, the day's page, and who of tomorrow's list is not ready."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.delivery import Sent
from doorstep.staff.briefing import brief, open_staff_lines
from doorstep.staff.certificates import standings
from doorstep.staff.message import Writer
from doorstep.staff.page import today
from doorstep.staff.script import Scripts
from doorstep.staff.shifts import WHY, Unready, unready_tomorrow
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.pages import table
from tasks.patience import patient
from tasks.publishing import publish


@patient("brief staff")
def brief_staff(rollout: str, now: datetime) -> Sent:
    """Send the briefings of waves that are due; the day's page for staff as an artifact. Nothing where no staff are listed."""
    with desk(rollout) as at:
        scripts = Scripts(at.settings.templates, at.rollout)
        with at.store.read() as connection:
            if not standings(connection, at.rollout, scripts):
                return Sent()
        sent = brief(at.store, at.rollout, scripts=scripts, lines=open_staff_lines(at.rollout, at.settings), now=to_instant(now))
        with at.store.read() as connection:
            page = Writer(scripts, today(connection, at.rollout, to_instant(now))).page(at.rollout.file.languages[0])
    get_run_logger().info("briefings: %s", sent.as_json())
    publish(page, f"The day's page for the staff of {rollout}", "staff", rollout)
    return sent


@patient("look at tomorrow's shifts")
def check_shifts(rollout: str, now: datetime) -> list[Unready]:
    """Who is on tomorrow's list and not certified: an error in the log for each badge, and an artifact."""
    with desk(rollout) as at, at.store.read() as connection:
        found = unready_tomorrow(connection, at.rollout, to_instant(now))
    for each in found:
        get_run_logger().error("badge %s is on tomorrow's list of %s and %s", each.number, rollout, WHY[each.why])
    if found:
        publish(table(["badge", "firm", "area", "why"], [(each.number, each.firm or "", each.area or "", WHY[each.why])
                                                         for each in found]),
                f"On tomorrow's list of {rollout} and not certified", "shifts", rollout)
    return found
