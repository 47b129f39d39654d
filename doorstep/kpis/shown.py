"""A KPI's figures as people read them: never rounded onto a target that they do not reach."""

from doorstep.kpis.frame import KpiValue

WORDS = {"met": ("✓", "on target"), "near": ("≈", "close"), "missed": ("✗", "missed"),
         "too_few": ("…", "too few to say"), "watch": ("•", "no target")}
AFTER = {"%": "%", "days": " days", "minutes": " min", "per 1,000": " per 1,000", "stage": " of 5"}
NONE = "–"


def words_for(status: str) -> tuple[str, str]:
    """A status as a symbol and in plain words."""
    return WORDS[status]


def shown(value: KpiValue, *, target: bool = False, currency: str = "") -> str:
    """The value (or its target) with its unit, such as "97.4%", "14 days" or "≥ 14 days"."""
    number = value.target if target else value.value
    if number is None:
        return NONE
    sign = ("≥ " if value.direction == "up" else "≤ ") if target else ""
    if target and value.target in (0, 100 if value.unit == "%" else 0):      # there is nothing beyond
        sign = ""
    if value.unit == "money":
        return f"{sign}{currency} {number:,.2f}".strip()
    return sign + _digits(number, None if target else value.target) + AFTER.get(value.unit, "")


def _digits(number: float, target: float | None) -> str:
    """One decimal, or as many as keep the number apart from 0, 100 and its target."""
    apart = [line for line in (target, 0.0, 100.0) if line is not None and line != number]
    for places in range(1, 5):
        text = f"{number:,.{places}f}"
        if all(float(text.replace(",", "")) != line for line in apart):
            break
    return text.rstrip("0").rstrip(".") if float(text.replace(",", "")).is_integer() or places > 1 else text
