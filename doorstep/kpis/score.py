"""A value against its target: met, near, missed, or too few to say."""

from doorstep.rollout import KpiTarget

STATUSES = ("met", "near", "missed", "too_few", "watch")


def status_of(value: float | None, denominator: float, target: KpiTarget) -> str:
    """How the value stands; "watch" where nothing is set to hold it against."""
    if value is None or denominator < target.least:
        return "too_few"
    if target.target is None or target.direction == "watch":
        return "watch"
    if _short_by(value, target.target, target.direction) <= 0:
        return "met"
    if target.near is not None and _short_by(value, target.target, target.direction) <= target.near \
            and not alarming(value, target):
        return "near"
    return "missed"


def alarming(value: float | None, target: KpiTarget) -> bool:
    """Whether the value is beyond its alarm line."""
    if value is None or target.alarm is None:
        return False
    return _short_by(value, target.alarm, target.direction) > 0


def _short_by(value: float, line: float, direction: str) -> float:
    """How far the value is on the wrong side of a line; rounding of the last digits does not count."""
    return round(line - value if direction == "up" else value - line, 9)
