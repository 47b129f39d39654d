"""Files beside the schedule: the slot calendar, and what customers used."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from doorstep.commands.desk import Json, Name, Now, errors, open_desk, out


def slots(name: Name, file: Annotated[Path | None, typer.Option(help="Take this file, not those at booking.calendar.")] = None,
          now: Now = None, as_json: Json = False) -> None:
    """Take the slots that customers may choose: lines of area, day, window and capacity."""
    from doorstep.booking.calendar import read_slots

    desk = open_desk(name, now)
    reports = read_slots(desk.store, desk.rollout, desk.settings, now=desk.now, file=file)
    _say([asdict(each) for each in reports], as_json, "slots", [
        f"{each.file}: {each.added} slots added, {each.changed} changed, {each.unchanged} as before" for each in reports])


def usage(name: Name, file: Annotated[Path | None, typer.Option(help="Take this file, not those at usage.source.")] = None,
          now: Now = None, as_json: Json = False) -> None:
    """Take what customers used, for their own pages: lines of work order, from, to, amount and unit."""
    from doorstep.usage import read_usage

    desk = open_desk(name, now)
    reports = read_usage(desk.store, desk.rollout, desk.settings, now=desk.now, file=file)
    _say([asdict(each) for each in reports], as_json, "usage",
         [f"{each.file}: {each.rows} lines, {each.news} of them news" for each in reports])


def _say(reports: list[dict[str, Any]], as_json: bool, what: str, lines: list[str]) -> None:
    """What the files said, and each fault in red. Ends with 1 where there is any."""
    if as_json:
        sys.stdout.write(orjson.dumps({"files": reports}, option=orjson.OPT_INDENT_2).decode() + "\n")
    for line in [] if as_json else lines or [f"no new file of {what}"]:
        out.print(line, markup=False, highlight=False)
    faults = [fault for each in reports for fault in each["faults"]]
    for fault in faults:
        errors.print(fault, markup=False, highlight=False, style="red")
    if faults:
        raise typer.Exit(1)
