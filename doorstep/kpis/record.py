"""The nightly values, kept so that a KPI's course can be drawn: one row per KPI, cut and day."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlmodel import col

from doorstep.kpis.frame import KpiValue
from doorstep.model import Score
from doorstep.rollout import Rollout
from doorstep.timing import local_day


def keep(connection: Connection, rollout: Rollout, values: Sequence[KpiValue], now: int) -> None:
    """Store the values as those of `now`'s day. The same values again change nothing, later ones replace the day's."""
    day = str(local_day(now, rollout.zone))
    found = connection.execute(select(col(Score.kpi), col(Score.cut), col(Score.id)).where(
        col(Score.rollout) == rollout.name, col(Score.day) == day))
    known = {(kpi, cut): key for kpi, cut, key in found}
    rows = [_row(rollout.name, value, now, day) for value in values]
    fresh = [row for row in rows if (row["kpi"], row["cut"]) not in known]
    if fresh:
        connection.execute(insert(Score), fresh)
    again = [row | {"key": known[row["kpi"], row["cut"]]} for row in rows if (row["kpi"], row["cut"]) in known]
    if again:
        connection.execute(update(Score).where(col(Score.id) == bindparam("key")), again)


def _row(rollout: str, value: KpiValue, now: int, day: str) -> dict[str, Any]:
    return {"rollout": rollout, "kpi": value.id, "cut": value.cut, "at": now, "day": day, "value": value.value,
            "numerator": value.numerator, "denominator": value.denominator, "target": value.target,
            "status": value.status}
