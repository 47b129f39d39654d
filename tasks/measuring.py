"""Measuring: KPIs as an artifact of each phase, and the report page."""

from datetime import datetime
from pathlib import Path

from prefect.logging import get_run_logger

from doorstep.kpis import KpiValue, measure
from doorstep.report import write_report
from doorstep.rollout.load import PHASES
from doorstep.timing import to_instant
from tasks.desk import desk
from tasks.pages import kpi_page, night_page
from tasks.patience import patient
from tasks.publishing import publish


@patient("measure the phase")
def measure_phase(rollout: str, phase: str, now: datetime) -> list[KpiValue]:
    """The KPIs of one phase as of `now`, kept as the day's and shown as an artifact."""
    with desk(rollout) as at:
        values = measure(at.store, at.rollout, now=to_instant(now), phase=phase, cuts=False)
        _show(rollout, phase, values, at.rollout.file.currency)
    return values


@patient("measure every phase")
def measure_phases(rollout: str, now: datetime) -> list[KpiValue]:
    """The KPIs of all phases with every cut, laid out once; an artifact for each phase."""
    with desk(rollout) as at:
        values = measure(at.store, at.rollout, now=to_instant(now), cuts=True)
        for phase in PHASES:
            _show(rollout, phase, [value for value in values if value.phase == phase], at.rollout.file.currency)
    return values


def _show(rollout: str, phase: str, values: list[KpiValue], currency: str) -> None:
    missed = [value.id for value in values if value.status == "missed" and not value.cut]
    get_run_logger().info("%s: %d KPIs, target missed by %s", phase, len(values), ", ".join(missed) or "none")
    publish(kpi_page(values, currency), f"KPIs of {rollout}, {phase} the visit", "kpis", phase, rollout)


@patient("sum up the night")
def sum_up(rollout: str, sayings: dict[str, str], kpis: list[KpiValue]) -> None:
    """The whole night on one page: what each step said, and every KPI."""
    with desk(rollout) as at:
        page = night_page(sayings, kpis, at.rollout.file.currency)
    publish(page, f"The night of {rollout}", "night", rollout)


@patient("write the report")
def write_page(rollout: str, now: datetime) -> Path:
    """The report of the day, as a file beside the database; its place stands in the log."""
    with desk(rollout) as at:
        page = write_report(at.store, at.rollout, now=to_instant(now),
                            out=at.settings.home / "reports" / f"{rollout}-{now:%Y-%m-%d}.html")
    get_run_logger().info("the report is %s", page)
    return page
