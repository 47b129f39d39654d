"""How each KPI has gone since the start: a small line for each, drawn from the nightly scores."""

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert

from doorstep.kpis import KpiValue, Sight
from doorstep.timing import local_day

WIDTH, HEIGHT, MOST_DAYS = 250, 84, 120
INK, FAINT, LINE, AIM = "#33403c", "#c9d1cd", "#0b5d6b", "#8c3b12"
FONT = "Noto Sans, Segoe UI, Helvetica Neue, Arial, sans-serif"
Points = Sequence[tuple[str, float]]


def courses(sight: Sight, values: Sequence[KpiValue]) -> dict[str, str]:
    """An SVG for each KPI that has been measured on two days or more, the present value included; all on one time axis."""
    whole = {value.id: value for value in values if value.cut == "" and value.value is not None}
    today = str(local_day(sight.now, sight.rollout.zone))
    scores = _scores(sight)
    known = {name: {**scores.get(name, {}), today: value.value or 0.0} for name, value in whole.items()}
    drawn = {name: sorted(days.items())[-MOST_DAYS:] for name, days in known.items() if len(days) > 1}
    first = min((points[0][0] for points in drawn.values()), default=today)
    return {name: _line(whole[name], points, (first, today)) for name, points in drawn.items()}


def _scores(sight: Sight) -> dict[str, dict[str, float]]:
    """The nightly values of each KPI by day."""
    found: dict[str, dict[str, float]] = {}
    for row in sight.rows("""SELECT kpi, day, value FROM score WHERE rollout = :rollout AND cut = '' AND at <= :now
            AND value IS NOT NULL ORDER BY at"""):
        found.setdefault(row["kpi"], {})[row["day"]] = row["value"]
    return found


def _line(value: KpiValue, points: Points, days: tuple[str, str]) -> str:
    """The form, filled for one KPI."""
    form = deepcopy(_form())
    form["datasets"] = {"points": [{"day": day, "value": number} for day, number in points],
                        "last": [{"day": points[-1][0], "value": points[-1][1]}],
                        "aim": [{"value": value.target}] if value.target is not None else []}
    for layer in form["layer"]:
        layer["encoding"]["y"]["scale"]["domain"] = _domain(value, points)
        if "x" in layer["encoding"]:
            layer["encoding"]["x"]["scale"] = {"domain": list(days)}
    return svg_of(form)


@lru_cache
def _form() -> dict[str, Any]:
    """A small line with its last point and a dashed target: checked by Altair once, filled for each KPI."""
    x = alt.X("day:T", axis=alt.Axis(title=None, format="%-d %b", tickCount=3, labelFlush=True, grid=False))
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1], nice=False, zero=False),
              axis=alt.Axis(title=None, tickCount=3, domain=False, ticks=False, minExtent=32, maxExtent=32))
    aim = alt.Chart(alt.NamedData("aim")).mark_rule(color=AIM, strokeDash=[4, 3], strokeWidth=1.4).encode(y=y)
    line = alt.Chart(alt.NamedData("points")).mark_line(color=LINE, strokeWidth=2).encode(x=x, y=y)
    last = alt.Chart(alt.NamedData("last")).mark_point(color=LINE, filled=True, size=46, opacity=1).encode(x=x, y=y)
    return spec_of(alt.layer(aim, line, last).properties(width=WIDTH, height=HEIGHT))


def _domain(value: KpiValue, points: Points) -> list[float]:
    """Room for the line and its target, and none that cannot be reached."""
    numbers = [number for _, number in points] + ([value.target] if value.target is not None else [])
    low, high = min(numbers), max(numbers)
    if low == high == 0:
        return [0.0, 1.0]
    room = max((high - low) * 0.12, abs(high) * 0.02, 0.02)
    return [max(low - room, 0.0), min(high + room, 100.0) if value.unit == "%" else high + room]


def spec_of(chart: Any) -> dict[str, Any]:
    """The chart in the page's ink, as Vega-Lite."""
    plain = chart.configure(font=FONT, aria=False, background="transparent", padding=2).configure_view(stroke=None)
    spec: dict[str, Any] = plain.configure_axis(labelColor=INK, labelFontSize=11, gridColor=FAINT, gridOpacity=0.7,
                                                domainColor=FAINT, tickColor=FAINT).to_dict()
    return spec


def svg_of(spec: dict[str, Any]) -> str:
    """The drawing as SVG that fetches nothing; what it means stands in the page's words."""
    drawn: str = vl_convert.vegalite_to_svg(spec)
    return drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
