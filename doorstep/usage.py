"""First readings: files that say what a household used since its meter was fitted, for its own page and nobody else.

A line is a work order, the first and the last day of a period, an amount and its unit. Of a work order the newest period stays;
to take a file again changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, select

from doorstep.model import Usage, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.schedule.beside import Arrived, Beside, day_formats
from doorstep.schedule.clock import day_of
from doorstep.schedule.mapping import read_rules
from doorstep.settings import Settings
from doorstep.store import Store, in_batches, many

W, U = table(WorkOrder), table(Usage)
USAGE = Beside("usage", "usage.source", ("work_order", "from", "to", "amount", "unit"), "usage")
UNITS: Mapping[str, str] = {"kwh": "kWh", "m3": "m³", "m³": "m³"}
BATCH = 2000
MOST = 10**9                   # of a unit; a household never uses as much
_PUT = """INSERT INTO usage (order_id, rollout, visit_id, first_day, last_day, thousandths, unit, at) VALUES (?,?,?,?,?,?,?,?)
    ON CONFLICT (order_id) DO UPDATE SET visit_id=excluded.visit_id, first_day=excluded.first_day, last_day=excluded.last_day,
    thousandths=excluded.thousandths, unit=excluded.unit, at=excluded.at
    WHERE excluded.last_day > usage.last_day OR (excluded.last_day = usage.last_day AND (excluded.first_day <> usage.first_day
        OR excluded.thousandths <> usage.thousandths OR excluded.unit <> usage.unit))"""


@dataclass(frozen=True)
class UsageReport:
    """What one file said; every line that could not be taken is a sentence in `faults`, and the others were taken."""

    file: str
    rows: int = 0
    news: int = 0
    faults: list[str] = field(default_factory=list)


class Line(NamedTuple):
    """One line as it was read; what could not be read is None."""

    line: int
    order: str | None
    first: str | None
    last: str | None
    amount: str | None
    unit: str | None


class Used(NamedTuple):
    """What a household used of one commodity in a period."""

    commodity: str
    first_day: str
    last_day: str
    amount: Decimal
    unit: str


def read_usage(store: Store, rollout: Rollout, settings: Settings, *, now: int, file: Path | None = None) -> list[UsageReport]:
    """Take one file, or all that are new at the rollout's `usage.source`; one report each.

    Raises ConfigError, UsageError, FeedError, Transient and Permanent; a file that breaks off half way comes again.
    """
    return [_take(store, rollout, arrived, now=now)
            for arrived in USAGE.files(store, rollout, settings, rollout.file.usage.source, file)]


def usage_faults(rollout: Rollout) -> list[str]:
    """Every mistake in `usage.source` that can be seen without going out."""
    return USAGE.faults(rollout, rollout.file.usage.source)


def used_at(connection: Connection, visit_id: int) -> list[Used]:
    """What was used at a visit's premise, by commodity."""
    rows = connection.execute(select(W.c.commodity, U.c.first_day, U.c.last_day, U.c.thousandths, U.c.unit).join(
        W, W.c.id == U.c.order_id).where(W.c.visit_id == visit_id).order_by(W.c.commodity, U.c.order_id))
    return [Used(row.commodity, row.first_day, row.last_day, Decimal(row.thousandths) / 1000, row.unit) for row in rows]


def _take(store: Store, rollout: Rollout, arrived: Arrived, *, now: int) -> UsageReport:
    """In short transactions, for others want to write too. The file is marked as taken last: cut off, it comes again."""
    report = UsageReport(arrived.name)
    rows = news = 0
    for lines in in_batches(_lines(rollout, arrived, now), BATCH):
        with store.write(alone=f"usage {rollout.name}") as connection:
            rows += len(lines)
            news += _put(connection, rollout, lines, report, now)
    with store.write() as connection:
        arrived.note(connection, rollout, now)
    return UsageReport(arrived.name, rows, news, report.faults)


def _lines(rollout: Rollout, arrived: Arrived, now: int) -> Iterator[Line]:
    rules = read_rules(rollout, now=now)
    for frame in arrived.frames(rollout):
        first, last = (day_of(pl.col(name), day_formats(rules.dates), rules.zone).dt.to_string("iso").alias(name)
                       for name in ("from", "to"))
        read = frame.select("line", "work_order", first, last, "amount", "unit")
        yield from map(Line, *(read[name] for name in read.columns))


def _put(connection: Connection, rollout: Rollout, lines: list[Line], report: UsageReport, now: int) -> int:
    known: dict[str | None, Any] = {row.number: row for row in connection.execute(
        select(W.c.number, W.c.id, W.c.visit_id).where(
            W.c.rollout == rollout.name, W.c.number.in_({line.order for line in lines if line.order})))}
    rows: dict[int, tuple[Any, ...]] = {}              # of each work order the newest period, and of that the last line
    for line in lines:
        thousandths, order = _thousandths(line.amount), known.get(line.order)
        fault = _fault(rollout, line, thousandths, order)
        if fault or order is None:
            report.faults.append(f"{report.file}: line {line.line}: {fault}")
        else:
            row = (order.id, rollout.name, order.visit_id, line.first, line.last, thousandths,
                   UNITS[str(line.unit).strip().casefold()], now)
            if order.id not in rows or str(rows[order.id][4]) <= str(line.last):
                rows[order.id] = row
    return many(connection, _PUT, [rows[order] for order in sorted(rows)])


def _fault(rollout: Rollout, line: Line, thousandths: int | None, order: Any) -> str | None:
    if order is None:
        return f'"{line.order or ""}" is no work order of {rollout.name}'
    if order.visit_id is None:
        return f'the work order "{line.order}" has no visit yet'
    if line.first is None or line.last is None:
        return "the period cannot be read; write its first and last day like 2027-03-09"
    if line.first > line.last:
        return f"the period ends on {line.last}, before it begins on {line.first}"
    if thousandths is None:
        return f'the amount "{line.amount or ""}" is no number from 0; write it like 54.2'
    if (line.unit or "").strip().casefold() not in UNITS:
        return f'the unit "{line.unit or ""}" is not known; write kWh or m3'
    return None


def _thousandths(text: str | None) -> int | None:
    try:
        amount = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return round(amount * 1000) if amount.is_finite() and 0 <= amount < MOST else None
