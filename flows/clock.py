"""What "now" is for a run: the clock is read here, once, and handed down."""

from datetime import UTC, datetime, timedelta, tzinfo

from prefect import runtime

from doorstep.errors import DoorstepError, UsageError
from doorstep.rollout import Rollout, load_rollout
from doorstep.settings import Settings

PUNCTUAL = timedelta(minutes=15)   # up to here a run acts as of its scheduled moment, so that a retry sees the same
TOO_LATE = timedelta(hours=20)     # by then the next night is near; after a standstill all missed runs start at once
NEAR = timedelta(hours=24)


def moment(rollout: str, asked: datetime | None, *, speaks: bool = True) -> datetime:
    """The moment to act as of, in the rollout's zone: the one asked for, else the run's own."""
    known = load_rollout(Settings().config, rollout)
    clock = datetime.now(UTC)
    if asked is None:
        return as_scheduled(scheduled_at(), clock).astimezone(known.zone)
    local = in_zone(asked, known.zone)
    if speaks:
        refuse_another_day(known, local, clock)
    return local


def zone_of(rollout: str) -> tzinfo:
    """The rollout's zone; UTC while its file is wrong, which the flow itself will say better."""
    try:
        return load_rollout(Settings().config, rollout).zone
    except DoorstepError:
        return UTC


def in_zone(asked: datetime, zone: tzinfo) -> datetime:
    """A moment as the rollout's local time, which it is where no zone was written."""
    return asked.replace(tzinfo=zone) if asked.tzinfo is None else asked.astimezone(zone)


def refuse_another_day(rollout: Rollout, asked: datetime, clock: datetime) -> None:
    """Only a rehearsal may play another day: a live rollout would tell real people too early or in the night."""
    if rollout.file.live and abs(asked - clock) > NEAR:
        raise UsageError(f'{rollout.name} is live, and now = "{asked:%Y-%m-%d %H:%M}" is not today: leave it empty')


def as_scheduled(scheduled: datetime, clock: datetime) -> datetime:
    """The scheduled moment of a punctual run; the true time of a late one, which must not speak into quiet hours."""
    return scheduled if clock - scheduled <= PUNCTUAL else clock


def missed_night() -> str | None:
    """Why this run comes too late to be of use, or None."""
    return overslept(scheduled_at(), datetime.now(UTC))


def scheduled_at() -> datetime:
    """When this run was to start. Prefect gives a date of its own kind, which cannot be reckoned with like ours."""
    return datetime.fromtimestamp(runtime.flow_run.scheduled_start_time.timestamp(), UTC)


def overslept(scheduled: datetime, clock: datetime) -> str | None:
    """Why a run comes too late to be of use, or None."""
    late = clock - scheduled
    if late <= TOO_LATE:
        return None
    hours = round(late / timedelta(hours=1))
    return f"Nothing done: due {scheduled:%Y-%m-%d %H:%M} UTC, started {hours} h late. The next night does its work."
