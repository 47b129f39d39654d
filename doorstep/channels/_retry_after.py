"""When a busy provider wants to be asked again, in whichever way it says so: seconds, a moment, or a date."""

from datetime import UTC
from email.utils import parsedate_to_datetime

AT_MOST = 3600                          # seconds that a provider may ask us to wait; more is taken for a slip of its clock
_EPOCH = 1_000_000_000                  # a smaller number of seconds is a length of time


def moment_in(said: str, now: int) -> int | None:
    """The moment that a header such as Retry-After names, after `now` and within the hour; None where it names none."""
    moment = _number(said, now) or _date(said)
    return None if moment is None else min(max(moment, now + 1), now + AT_MOST)


def _number(said: str, now: int) -> int | None:
    try:
        number = int(float(said))
    except (ValueError, OverflowError):
        return None
    return None if number < 0 else number if number >= _EPOCH else now + number


def _date(said: str) -> int | None:
    try:
        moment = parsedate_to_datetime(said)
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError):
        return None
