"""The slot calendar: files that say how many visits an area takes in a window of a day, read as a feed's files are.

A line is an area ("*" serves those without a calendar of their own), a day, a window and a capacity. What a line says replaces
what was said of that slot before; a slot that no line names stays; 0 closes one. Places that are taken stay taken, whatever
the capacity becomes: nobody is put off by a file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl
from sqlalchemy import Connection, insert, select

from doorstep.model import CalendarSlot, Journal, table
from doorstep.rollout import Rollout
from doorstep.schedule.beside import Arrived, Beside, day_formats
from doorstep.schedule.clock import day_of, windows_of
from doorstep.schedule.mapping import read_rules
from doorstep.settings import Settings
from doorstep.store import Store, many

S = table(CalendarSlot)
SLOTS = Beside("slots", "booking.calendar", ("area", "day", "window", "capacity"), "slots")
MOST = 10_000                  # visits in one window of one area

Key = tuple[str, str, int, int]


@dataclass(frozen=True)
class SlotReport:
    """What one file said; every line that could not be taken is a sentence in `faults`, and the others were taken."""

    file: str
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[str] = field(default_factory=list)


class Row(NamedTuple):
    """One line as it was read; what could not be read is None."""

    line: int
    area: str | None
    day: str | None
    start: int | None
    end: int | None
    capacity: int | None


def read_slots(store: Store, rollout: Rollout, settings: Settings, *, now: int, file: Path | None = None) -> list[SlotReport]:
    """Take one file, or all that are new at the rollout's calendar; one report each. To take a file again changes nothing.

    Raises ConfigError, UsageError, FeedError, Transient and Permanent; then nothing of the file in question was taken.
    """
    return [_take(store, rollout, arrived, now=now)
            for arrived in SLOTS.files(store, rollout, settings, rollout.file.booking.calendar, file)]


def calendar_faults(rollout: Rollout) -> list[str]:
    """Every mistake in `booking.calendar` that can be seen without going out."""
    return SLOTS.faults(rollout, rollout.file.booking.calendar)


def _take(store: Store, rollout: Rollout, arrived: Arrived, *, now: int) -> SlotReport:
    rows = list(_rows(rollout, arrived, now))
    wanted, faults = _sorted_out(rows, arrived.name)
    with store.write(alone=f"slots {rollout.name}") as connection:
        report = _merge(connection, rollout, wanted, SlotReport(arrived.name, len(rows), faults=faults), now)
        arrived.note(connection, rollout, now)
    return report


def _rows(rollout: Rollout, arrived: Arrived, now: int) -> Iterator[Row]:
    """The lines of a file, each cell read by itself."""
    rules = read_rules(rollout, now=now)
    for frame in arrived.frames(rollout):
        start, end, _ = windows_of(frame["window"], rules.windows)
        read = frame.select("line", "area", day_of(pl.col("day"), day_formats(rules.dates), rules.zone).dt.to_string("iso"),
                            pl.col("capacity").str.extract(r"^(\d{1,9})$", 1).cast(pl.Int64).alias("capacity"))
        yield from map(Row, read["line"], read["area"], read["day"], start, end, read["capacity"])


def _sorted_out(rows: list[Row], name: str) -> tuple[dict[Key, int], list[str]]:
    """The capacity of each slot, and a sentence for each line that says none."""
    wanted: dict[Key, int] = {}
    lines: dict[Key, int] = {}
    faults = []
    for row in rows:
        if fault := _fault(row):
            faults.append(f"{name}: line {row.line}: {fault}")
            continue
        key = (str(row.area), str(row.day), int(row.start or 0), int(row.end or 0))
        if key in wanted and wanted[key] != row.capacity:
            faults.append(f"{name}: line {row.line}: line {lines[key]} says another capacity of the same slot; keep one of them")
            continue
        wanted[key], lines[key] = int(row.capacity or 0), row.line
    return wanted, faults


def _fault(row: Row) -> str | None:
    if row.area is None:
        return 'there is no area; write "*" for a slot that serves every area'
    if row.day is None:
        return "the day cannot be read; write it like 2027-03-09"
    if row.start is None or row.end is None:
        return 'the window cannot be read; write it like 08:00-12:00, or as a word of feed.windows'
    if row.capacity is None:
        return "the capacity cannot be read; write how many visits fit, as a number from 0"
    return f"the capacity {row.capacity} is too large; at most {MOST:,} visits fit into a window" if row.capacity > MOST else None


def _merge(connection: Connection, rollout: Rollout, wanted: Mapping[Key, int], report: SlotReport, now: int) -> SlotReport:
    known = {tuple(row[:4]): row[4] for row in connection.execute(
        select(S.c.area, S.c.day, S.c.window_start, S.c.window_end, S.c.capacity).where(S.c.rollout == rollout.name))}
    new = [key for key in wanted if key not in known]
    other = [key for key in wanted if key in known and known[key] != wanted[key]]
    many(connection, "INSERT INTO calendarslot (rollout, area, day, window_start, window_end, capacity, taken, updated_at) "
                     "VALUES (?, ?, ?, ?, ?, ?, 0, ?)", [(rollout.name, *key, wanted[key], now) for key in new])
    many(connection, "UPDATE calendarslot SET capacity = ?, updated_at = ? WHERE rollout = ? AND area = ? AND day = ? "
                     "AND window_start = ? AND window_end = ?", [(wanted[key], now, rollout.name, *key) for key in sorted(other)])
    report = SlotReport(report.file, report.rows, len(new), len(other), len(wanted) - len(new) - len(other), report.faults)
    if new or other:
        connection.execute(insert(table(Journal)).values(
            at=now, rollout=rollout.name, kind="slots", data=json.dumps({"added": len(new), "changed": len(other)})))
    return report
