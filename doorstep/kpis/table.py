"""The KPIs as a table for the command line."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from doorstep.kpis.frame import KpiValue
from doorstep.kpis.shown import shown, words_for

STYLES = {"met": "green", "near": "yellow", "missed": "bold red", "too_few": "dim", "watch": "cyan"}


def kpi_table(values: Sequence[KpiValue]) -> Table:
    """The values for everyone (no cuts), by phase."""
    table = Table(title="How well the customers are told", title_justify="left")
    for heading in ("Phase", "KPI", "", "Value", "Of", "Target", "Status"):
        table.add_column(heading, justify="right" if heading in ("Value", "Of", "Target") else "left")
    phase = None
    for value in (each for each in values if each.cut == ""):
        if phase not in (None, value.phase):
            table.add_section()
        table.add_row("" if value.phase == phase else value.phase, value.id, value.title, *_figures(value))
        phase = value.phase
    return table


def _figures(value: KpiValue) -> tuple[str | Text, ...]:
    symbol, word = words_for(value.status)
    return (shown(value), f"{value.numerator:,.0f} / {value.denominator:,.0f}", shown(value, target=True),
            Text(f"{symbol} {word}", STYLES[value.status]))
