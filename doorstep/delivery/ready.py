"""Whether a rollout is ready to send: its senders open, their keys are there, and its letters have time to arrive."""

from collections.abc import Iterator
from datetime import date, timedelta

from doorstep.channels import needs_of
from doorstep.delivery.lines import open_lines
from doorstep.errors import DoorstepError
from doorstep.plan.moments import Slot, day_moments
from doorstep.posting import arrived_at
from doorstep.rollout import PlanRow, Rollout
from doorstep.rollout.shape import CHANNELS
from doorstep.settings import Settings

BOUNCED = 86400              # seconds until most bounces are known
A_TUESDAY = date(2027, 3, 9)


def check_senders(rollout: Rollout, settings: Settings) -> tuple[list[str], list[str]]:
    """What stops a rollout from sending, and what is only worth knowing: faults, remarks."""
    place, senders = rollout.config_path or rollout.name, rollout.file.senders
    try:
        open_lines(rollout, settings)
    except DoorstepError as error:
        return [str(error)], []
    if not rollout.file.live:
        return [], []
    faults = [f"{place}: senders.{kind}: {name} needs {key.upper()}, as an environment variable or in .env"
              for kind, names in senders.items() for name in names for key in needs_of(name) if not _set(settings, key)]
    if not senders:
        faults.append(f'{place}: live = true, but no senders are named; write for example senders.email = ["sendgrid"]')
    missing = [kind for kind in CHANNELS if kind not in senders]
    remarks = [f"{place}: nobody carries {', '.join(missing)}; such notices take the next channel"] if senders and missing else []
    return faults, remarks


def late_letters(rollout: Rollout) -> list[str]:
    """Duty notices whose letter could not arrive in time when the quicker channels fail first."""
    late = [row.notice for row in rollout.plan
            if row.purpose == "duty" and not (row.when.event or row.when.said) and _too_late(rollout, row)]
    return [f"{rollout.name}: {', '.join(late)}: a letter that follows a bounce would come too late, so a call is the last "
            "resort; an earlier `when` or a later `until` leaves room for it"] if late else []


def _too_late(rollout: Rollout, row: PlanRow) -> bool:
    if "post" not in row.offered[1:]:
        return False
    # A letter takes longer over some weekends than over others: the worst week day counts.
    return any(arrived_at(rollout, moment.due_at + BOUNCED) > moment.until_at
               for moment in day_moments(rollout, row, list(_week(rollout))))


def _week(rollout: Rollout) -> Iterator[Slot]:
    for day in range(7):
        yield Slot(str(A_TUESDAY + timedelta(days=day)), 480, 720, rollout.file.zone)


def _set(settings: Settings, key: str) -> bool:
    value = getattr(settings, key)
    return bool(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
