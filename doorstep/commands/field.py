"""For those beside the screen: emergency stops, the call centre's list, returned mail, the community board."""

from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from doorstep.commands.desk import By, Name, Now, errors, open_desk, out
from doorstep.errors import UsageError


def stop(name: Name, reason: Annotated[str, typer.Option(help="What is wrong; kept in the journal.")],
         area: Annotated[str | None, typer.Option(help="Only this area.")] = None,
         notice: Annotated[str | None, typer.Option(help="Only this notice.")] = None,
         language: Annotated[str | None, typer.Option(help="Only customers of this language.")] = None,
         by: By = "", now: Now = None) -> None:
    """Emergency stop: nothing that fits goes out, from the next batch on, until `doorstep resume`."""
    from doorstep.delivery.halting import Scope, halt

    desk, scope = open_desk(name, now), Scope(area, notice, language)
    number = halt(desk.store, desk.rollout, scope, reason=reason, by=by or getuser(), now=desk.now)
    out.print(f"stop {number} is in force for {name}: {scope}", highlight=False)


def resume(name: Name, number: Annotated[int | None, typer.Option("--stop", help="Only this stop, by its id.")] = None,
           by: By = "", now: Now = None) -> None:
    """End emergency stops; what is still useful goes out with the next send."""
    from doorstep.delivery.halting import resume as end_stops

    desk = open_desk(name, now)
    ended = end_stops(desk.store, desk.rollout, number, by=by or getuser(), now=desk.now)
    out.print(f"{ended} stops ended for {name}", highlight=False)


def calls(name: Name, to: Annotated[Path | None, typer.Option("--out", help="Write the worklist as CSV to this file.")] = None,
          outcomes: Annotated[Path | None, typer.Option(help="Take back a worklist whose outcomes are filled in.")] = None,
          now: Now = None) -> None:
    """The calls to make, as a worklist; or what came of them."""
    from doorstep.channels.calls import call_events, keep_outcomes, read_outcomes, worklist
    from doorstep.inbox.events import record_events

    desk = open_desk(name, now)
    if outcomes:
        found = read_outcomes(outcomes, desk.rollout, desk.settings, now=desk.now)
        record_events(desk.store, desk.rollout, call_events(desk.rollout, found.calls), desk.now)
        keep_outcomes(desk.rollout, desk.settings, found.calls)
        out.print(f"{len(found.calls)} outcomes taken", highlight=False)
        for fault in found.faults:
            errors.print(fault, markup=False, highlight=False, style="red")
        if found.faults:
            raise typer.Exit(1)
    place = to or (None if outcomes else Path(f"calls-{name}.csv"))
    if place:
        number = worklist(desk.store, desk.rollout, desk.settings, now=desk.now, out=place)
        out.print(f"{number} calls to make, written to {place}", highlight=False)


def returned(name: Name, file: Annotated[Path, typer.Argument(metavar="FILE", help="The print house's list of returned mail.")],
             now: Now = None) -> None:
    """Take back the letters that came back: the next channel tells, and nothing more goes to someone who died."""
    from doorstep.inbox.deceased import silence
    from doorstep.inbox.events import record_events
    from doorstep.inbox.returned_mail import read_returned_mail

    desk = open_desk(name, now)
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file")
    found = read_returned_mail(file.read_bytes(), name=file.name, zone=desk.rollout.zone, now=desk.now)
    silenced = silence(desk.store, desk.rollout, found.deceased, desk.now)
    new = record_events(desk.store, desk.rollout, found.events, desk.now)
    out.print(f"{new} letters came back; {silenced} customers have died and get nothing more", highlight=False)
    for fault in found.faults:
        errors.print(fault, markup=False, highlight=False, style="red")
    if found.faults:
        raise typer.Exit(1)


def board(name: Name, to: Annotated[Path, typer.Option("--out", help="The folder for the files.")], now: Now = None) -> None:
    """The community board of each language: what comes to which area when, as JSON feed, RSS and text; no household."""
    from doorstep.board import write_board
    from doorstep.words import Library

    desk = open_desk(name, now)
    for path in write_board(desk.store, desk.rollout, library=Library.load(desk.settings.templates), now=desk.now, out=to):
        out.print(str(path), highlight=False, soft_wrap=True)
