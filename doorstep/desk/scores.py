"""The KPIs as they were last measured: read from the nightly scores, so that a page costs nothing however large the rollout."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from doorstep.kpis import KpiValue
from doorstep.model import Score, table
from doorstep.rollout import Rollout

S = table(Score)
FRESH = 14 * 86400           # what nobody has measured for so long is no longer how things stand
DAYS = 60


class Course(NamedTuple):
    """One KPI: as a whole day by day, the latest first, and its parts as last measured."""

    days: Sequence[Any]
    parts: list[KpiValue]


def last_scores(connection: Connection, rollout: Rollout, *, now: int) -> list[KpiValue]:
    """Each KPI for everyone, as last measured, in the order of kpis.toml."""
    names = list(rollout.targets)
    rows = connection.execute(
        select(S).where(S.c.rollout == rollout.name, S.c.kpi.in_(names), S.c.cut == "", S.c.at > now - FRESH).order_by(S.c.at))
    latest = {row.kpi: row for row in rows}
    return [_value(rollout, latest[name]) for name in names if name in latest]


def course(connection: Connection, rollout: Rollout, kpi: str) -> Course:
    """How one KPI has gone, and where it is weakest."""
    of = (S.c.rollout == rollout.name, S.c.kpi == kpi)
    days = connection.execute(select(S).where(*of, S.c.cut == "").order_by(S.c.at.desc()).limit(DAYS)).all()
    if not days:
        return Course([], [])
    parts = connection.execute(select(S).where(*of, S.c.cut != "", S.c.at == days[0].at).order_by(S.c.cut))
    return Course([(row.day, _value(rollout, row)) for row in days], [_value(rollout, row) for row in parts])


def _value(rollout: Rollout, row: Any) -> KpiValue:
    target = rollout.targets[row.kpi]
    return KpiValue(row.kpi, target.phase, target.title, row.value, row.numerator, row.denominator, row.target, row.status,
                    target.unit, target.direction, row.cut)
