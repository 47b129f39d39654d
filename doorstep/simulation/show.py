"""What `doorstep demo` shows: bars while it runs, then the KPI table, and where everything lies."""

import sys
from itertools import groupby
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from doorstep.kpis.shown import shown, words_for
from doorstep.settings import Settings
from doorstep.simulation.run import DemoResult, Moment, run_demo

COLOURS = {"met": "green", "near": "yellow", "missed": "red", "too_few": "dim", "watch": "dim"}


def show_demo(settings: Settings, *, visits: int, days: int, seed: int, out: Path, rollout_name: str,
              as_json: bool = False) -> None:
    """Run a demo and show it; with `as_json`, one JSON object on stdout and the bars on stderr."""
    console = Console(stderr=as_json)
    with _bars(console) as bars:
        clock = bars.add_task(f"{rollout_name}, {visits} visits", total=days, date="", doing="", sent=0)

        def progress(moment: Moment) -> None:
            bars.update(clock, completed=moment.day - 1, date=moment.date, doing=moment.doing, sent=moment.sent)

        result = run_demo(settings, visits=visits, days=days, seed=seed, out=out, rollout_name=rollout_name,
                          progress=progress)
        bars.update(clock, completed=days, doing="done", sent=result.notices["sent"])
    if as_json:
        sys.stdout.write(orjson.dumps(result.as_json(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show_result(console, result)


def _bars(console: Console) -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[date]}"),
                    TextColumn("{task.fields[sent]} sent"), TimeElapsedColumn(), TextColumn("{task.fields[doing]}"),
                    console=console)


def show_result(console: Console, result: DemoResult) -> None:
    """The KPI table, the arithmetic of the notices, and where messages and report lie."""
    console.print(_table(result))
    console.print("  ".join(f"{word} {number}" for word, number in result.notices.items()), highlight=False)
    if result.kept < result.visits:
        console.print(f"Messages to the first {result.kept} households are files in {result.outbox}; those to the other "
                      f"{result.visits - result.kept} were rendered and counted, but not kept.", highlight=False,
                      soft_wrap=True)
    else:
        console.print(f"Every message is a file in {result.outbox}", highlight=False, soft_wrap=True)
    console.print(f"report: {result.report}", highlight=False, soft_wrap=True)


def _table(result: DemoResult) -> Table:
    # Where it is narrow, titles are folded and figures are not.
    figures = [Column(header, no_wrap=True) for header in ("value", "target", "", "of")]
    table = Table(Column("KPI"), *figures, box=None)
    for phase, values in groupby(result.kpis, key=lambda value: value.phase):
        table.add_row(f"[bold]{phase} the visit[/bold]")
        for value in values:
            sign, meaning = words_for(value.status)
            table.add_row(escape(value.title), shown(value, currency=result.currency),
                          shown(value, target=True, currency=result.currency),
                          f"[{COLOURS[value.status]}]{sign} {meaning}[/]",
                          f"{value.numerator:,.0f} / {value.denominator:,.0f}")
    return table
