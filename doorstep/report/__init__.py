"""The report: one page that says how the customers are told, what needs a person, and what comes next."""

from collections.abc import Iterable
from pathlib import Path

from doorstep.forecast import ForecastRow, forecast
from doorstep.kpis import measured_in, seen
from doorstep.report.attention import concerns
from doorstep.report.coming import DAYS, coming
from doorstep.report.course import courses
from doorstep.report.page import render
from doorstep.report.phases import phase_views
from doorstep.rollout import Rollout
from doorstep.settings import CHECKOUT
from doorstep.store import Store

__all__ = ["write_report"]


def write_report(store: Store, rollout: Rollout, *, now: int, out: Path, rows: Iterable[ForecastRow] | None = None,
                 templates: Path = CHECKOUT / "templates") -> Path:
    """Write the page as of `now` to `out` (folders are made) and return it. It asks nothing of the network and holds no
    personal data. `rows` are the notices to come, the forecast's unless given."""
    with seen(store, rollout, now) as sight:
        values = measured_in(sight)
        waiting = concerns(sight, values)
        drawn = courses(sight, values)
    ahead = coming(rollout, forecast(store, rollout, now=now, days=DAYS) if rows is None else rows, now)
    page = render(templates, rollout, now, phase_views(rollout, values, drawn), waiting, ahead)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    part.write_text(page, "utf-8")
    part.replace(out)
    return out
