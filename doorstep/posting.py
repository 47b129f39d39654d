"""When a letter is posted and when it arrives: the print house's cut-off, then working days in print and post."""

import re
from datetime import date, timedelta

from doorstep.errors import ConfigError
from doorstep.rollout import Rollout
from doorstep.rollout.shape import minutes_of
from doorstep.timing import instant, local_day

CUT_OFF = "15:00"                    # what comes later is printed on the next working day
DELIVERED = 18 * 60                  # a letter counts as arrived by the evening of its day


def cut_off_of(rollout: Rollout) -> str:
    """The print house's cut-off in the rollout's own time, as its file says it. Raises ConfigError naming the key."""
    said = rollout.file.providers.get("print_house", {}).get("cut_off", CUT_OFF)
    if not isinstance(said, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", said):
        raise ConfigError(f'{rollout.config_path or rollout.name}: providers.print_house.cut_off: "{said}" is not a time of '
                          'day; write it like "15:00"')
    return said


def posting_day(rollout: Rollout, now: int, cut_off: str | None = None) -> date:
    """The working day on which a letter handed over at `now` goes to print."""
    day = local_day(now, rollout.zone)
    if rollout.calendar.is_working(day) and now < cut_off_at(rollout, day, cut_off):
        return day
    return rollout.calendar.shift(day, 1)


def cut_off_at(rollout: Rollout, day: date, cut_off: str | None = None) -> int:
    """The instant by which a letter must be handed over to go to print on `day`."""
    return instant(day, minutes_of(cut_off or cut_off_of(rollout)), rollout.zone)


def arrives(rollout: Rollout, now: int, cut_off: str | None = None) -> date:
    """The day on which a letter handed over at `now` is in the letter box."""
    return rollout.calendar.shift(posting_day(rollout, now, cut_off), rollout.file.post_days)


def arrived_at(rollout: Rollout, now: int, cut_off: str | None = None) -> int:
    """The instant by which a letter handed over at `now` counts as arrived."""
    return instant(arrives(rollout, now, cut_off), DELIVERED, rollout.zone)


def latest_posting(rollout: Rollout, moment: int, cut_off: str | None = None) -> int:
    """The last instant at which a letter can be handed over and count as arrived by `moment`."""
    calendar = rollout.calendar
    day = local_day(moment, rollout.zone)
    if instant(day, DELIVERED, rollout.zone) > moment:
        day -= timedelta(days=1)
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return cut_off_at(rollout, calendar.shift(day, -rollout.file.post_days), cut_off) - 1
