"""The slot calendar: how many visits an area takes, and how much of it is taken."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from doorstep.commands.desk import Json, Name, Now, errors, open_desk, out


def slots(name: Name, file: Annotated[Path | None, typer.Option(help="Take this file, not those at booking.calendar.")] = None,
          now: Now = None, as_json: Json = False) -> None:
    """Take the slots that customers may choose: lines of area, day, window and capacity."""
    from doorstep.booking.calendar import read_slots

    desk = open_desk(name, now)
    reports = read_slots(desk.store, desk.rollout, desk.settings, now=desk.now, file=file)
    if as_json:
        sys.stdout.write(orjson.dumps({"files": [asdict(each) for each in reports]}, option=orjson.OPT_INDENT_2).decode() + "\n")
    for each in [] if as_json else reports:
        out.print(f"{each.file}: {each.added} slots added, {each.changed} changed, {each.unchanged} as before",
                  markup=False, highlight=False)
    if not reports and not as_json:
        out.print("no new file of slots", highlight=False)
    faults = [fault for each in reports for fault in each.faults]
    for fault in faults:
        errors.print(fault, markup=False, highlight=False, style="red")
    if faults:
        raise typer.Exit(1)
