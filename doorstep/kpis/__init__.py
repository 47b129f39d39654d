"""How well each phase goes: every KPI counted exactly, as of any moment, and held against its target."""

from doorstep.kpis.frame import KpiValue, kpi, measured, measures
from doorstep.kpis.record import keep
from doorstep.kpis.seen import seen
from doorstep.kpis.sight import Sight, Source, Spread, Tally
from doorstep.rollout import Rollout

__all__ = ["KpiValue", "Sight", "Spread", "Tally", "kpi", "measure", "measured_in", "measures", "seen"]


def measure(store: Source, rollout: Rollout, *, now: int, phase: str | None = None, record: bool = True,
            cuts: bool = True) -> list[KpiValue]:
    """Every KPI of a phase (None is all) as it stood at `now`, in the order of kpis.toml: for everyone first, then by cut.

    `record` keeps the values as those of the day, so that the report can draw their course.
    """
    with seen(store, rollout, now) as sight:
        values = measured_in(sight, phase=phase, cuts=cuts)
    if record:
        with store.write() as connection:
            keep(connection, rollout, values, now)
    return values


def measured_in(sight: Sight, *, phase: str | None = None, cuts: bool = True) -> list[KpiValue]:
    """The same on a sight that is open already."""
    known = measures()
    return [value for name, target in sight.rollout.targets.items()
            if name in known and phase in (None, target.phase)
            for value in measured(sight, known[name], target, cuts=cuts)]
