"""How results look on a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from doorstep.explain import Story
from doorstep.forecast import ForecastRow
from doorstep.rollout import Rollout
from doorstep.schedule import PullReport


def show_pull(console: Console, rollout: Rollout, reports: Sequence[PullReport]) -> None:
    """Each pulled file in a few lines."""
    if not reports:
        console.print("nothing new")
    for report in reports:
        seen = report.as_json()
        console.print(f"[bold]{escape(str(seen['file']))}[/bold]: {seen['rows']} rows, {seen['taken']} taken, "
                      f"{sum(seen['refused'].values())} refused, {seen['superseded']} superseded", highlight=False)
        for word in ("refused", "warned", "changed"):
            if seen[word]:
                console.print(f"  {word}: " + ", ".join(f"{name} {count}" for name, count in seen[word].items()))
        console.print(f"  unchanged: {seen['unchanged']}")
        if seen["held"]:
            console.print(f"  [red]held whole: {seen['held']}[/red]. Nothing was changed. To take it all the same: "
                          f"doorstep pull {rollout.name} --accept", highlight=False)


def show_forecast(console: Console, rollout: Rollout, rows: Iterable[ForecastRow]) -> None:
    """The dry run as a table, and its sum."""
    table = Table("day", "notice", "channel", "count", f"cost {rollout.file.currency}", box=None)
    total, cost = 0, 0.0
    for row in sorted(rows, key=lambda row: (row.day, row.notice, row.channel or "")):
        table.add_row(row.day, row.notice, row.channel or f"[red]none: {row.why}[/red]", str(row.count), f"{row.cost:,.2f}")
        total, cost = total + row.count, cost + row.cost
    console.print(table)
    console.print(f"{total} notices, {cost:,.2f} {rollout.file.currency}")


def show_story(console: Console, rollout: Rollout, story: Story, *, words: bool) -> None:
    """A story line by line, each message under its line."""
    console.print(story.title, style="bold", markup=False)
    for line in story.lines:
        at = rollout.local(line.at) or " " * 16
        console.print(f"{at}  {line.what}", markup=False, highlight=False)
        if words and line.words:
            for row in line.words.splitlines():
                console.print(f"                  | {row}", markup=False, highlight=False, style="dim")
