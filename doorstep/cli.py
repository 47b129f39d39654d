"""The `doorstep` command: each command reads its words, calls the core, and prints what came of it."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from doorstep.commands import booking, field, staff, users
from doorstep.commands import web as pages
from doorstep.commands.desk import Desk, Id, Json, Name, Now, ToCsv, ToFile, Whose, errors, open_desk, out
from doorstep.errors import DoorstepError, UsageError
from doorstep.rollout import load_rollout, rollout_names
from doorstep.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
                  help="Runs the customer side of a smart-meter rollout.")

def main() -> None:
    """Run the command; a fault of ours is one clear sentence on stderr and an exit code, never a stack trace."""
    try:
        app(standalone_mode=True)
    except DoorstepError as error:
        for sentence in str(error).splitlines():
            errors.print(sentence, style="red", markup=False, highlight=False)
        raise SystemExit(error.exit_code) from None


@app.command()
def demo(visits: Annotated[int, typer.Option(min=1, help="How many visits the made-up rollout has.")] = 300,
         days: Annotated[int, typer.Option(min=1, help="How many days it runs.")] = 75,
         out_dir: Annotated[Path, typer.Option("--out", help="Where its database, outbox and report go.")] = Path("demo"),
         seed: Annotated[int, typer.Option(help="The same seed makes the same rollout.")] = 1,
         rollout: Annotated[str, typer.Option(help="Whose shape and words to use.")] = "northwick",
         as_json: Json = False) -> None:
    """Run a whole rollout in fast time on a fresh database: feeds, customers who answer, bounce, move and refuse."""
    from doorstep.simulation.show import show_demo

    show_demo(Settings(), visits=visits, days=days, seed=seed, out=out_dir, rollout_name=rollout, as_json=as_json)


@app.command()
def up(port: Annotated[int, typer.Option(help="Where the Prefect UI listens.")] = 4200,
       web_port: Annotated[int | None, typer.Option(help="Where our own pages listen, else DOORSTEP_WEB_PORT.")] = None) -> None:
    """Start Prefect's server and UI with every deployment served, and our own pages; Ctrl-C ends all."""
    from flows.serve import serve_all

    serve_all(port=port, web_port=web_port)


@app.command()
def check(name: Annotated[str | None, typer.Argument(metavar="[ROLLOUT]")] = None) -> None:
    """Check config, words and database; lists every fault at once."""
    from doorstep.checking import check_all

    settings = Settings()
    faults, remarks = check_all(settings, [name] if name else rollout_names(settings.config))
    for remark in remarks:
        out.print(f"note   {remark}", markup=False, highlight=False, style="yellow")
    for fault in faults:
        errors.print(f"fault  {fault}", markup=False, highlight=False, style="red")
    if faults:
        raise typer.Exit(1)
    out.print("All is well: " + ", ".join([name] if name else rollout_names(settings.config)))


@app.command()
def pull(name: Name, file: Annotated[Path | None, typer.Option(help="Pull this file instead of the source.")] = None,
         now: Now = None, accept: Annotated[bool, typer.Option("--accept", help="Accept the feed that is held.")] = False,
         as_json: Json = False) -> None:
    """Pull the schedule once: what was taken, refused, superseded, and what changed."""
    from doorstep.schedule import pull as pull_feeds

    desk = open_desk(name, now)
    reports = pull_feeds(desk.store, desk.rollout, settings=desk.settings, now=desk.now, file=file, accept=accept)
    if as_json:
        _print_json(reports[-1].as_json() if reports else {"file": None, "rows": 0, "held": None})
    else:
        from doorstep.shown import show_pull

        show_pull(out, desk.rollout, reports)
    for report in reports:
        if report.held:      # not a failure: what stands goes on standing, and `pull && send` must still send
            errors.print(f"{report.file} is held whole ({report.held}); nothing was changed and a person must look at it",
                         style="yellow", markup=False, highlight=False)


@app.command()
def refused(name: Name, to_csv: ToCsv = None) -> None:
    """The rows that were refused and not mended yet; mend the file and pull it with --file."""
    from doorstep.schedule import export_refused, refused_rows

    desk = open_desk(name, None)
    if to_csv:
        out.print(f"{export_refused(desk.store, desk.rollout, to_csv)} rows written to {to_csv}", highlight=False)
        return
    for row in refused_rows(desk.store, desk.rollout.name):
        out.print(f"{row['doorstep_line']:>8}  {row['doorstep_reason']}", highlight=False)


@app.command()
def due(name: Name, now: Now = None, days: Annotated[int, typer.Option(min=1, max=120)] = 14,
        to_csv: ToCsv = None,
        as_json: Json = False) -> None:
    """A dry run: who gets what, when, by which channel, and why not; counts and cost for each day."""
    from doorstep.exports import write_csv
    from doorstep.forecast import Person, forecast, people

    desk = open_desk(name, now)
    speaks = _speaks(desk)
    if to_csv:
        write_csv(to_csv, Person._fields, people(desk.store, desk.rollout, now=desk.now, days=days, speaks=speaks))
    rows = list(forecast(desk.store, desk.rollout, now=desk.now, days=days, speaks=speaks))
    if as_json:
        _print_json({"rollout": name, "days": [asdict(row) for row in rows]})
    else:
        from doorstep.shown import show_forecast

        show_forecast(out, desk.rollout, rows)


@app.command()
def send(name: Name, now: Now = None, as_json: Json = False) -> None:
    """Plan and hand over what is due."""
    from doorstep.delivery import send_due
    from doorstep.delivery.lines import open_lines
    from doorstep.planning import plan_phase
    from doorstep.words import Library

    desk = open_desk(name, now)
    library = Library.load(desk.settings.templates)
    plan_phase(desk.store, desk.rollout, phase=None, now=desk.now)
    sent = send_due(desk.store, desk.rollout, library=library, now=desk.now,
                    lines=open_lines(desk.rollout, desk.settings))
    if as_json:
        _print_json(sent.as_json())
    else:
        out.print("  ".join(f"{word} {number}" for word, number in sent.as_json().items()))


@app.command()
def nightly(name: Name, now: Now = None) -> None:
    """Run the nightly flow in this process: pull, before, during, after, measure."""
    from flows.nightly import nightly as nightly_flow
    from flows.parameters import RolloutName

    desk = open_desk(name, now)
    nightly_flow(rollout=RolloutName(name), now=datetime.fromtimestamp(desk.now, UTC) if now else None)


@app.command()
def explain(name: Name, key: Id,
            words: Annotated[bool, typer.Option("--words/--no-words", help="With each message as it was sent.")] = True,
            as_json: Json = False) -> None:
    """The story of one work order, visit, account or notice."""
    from doorstep.explain import explain as tell

    desk = open_desk(name, None)
    story = tell(desk.store, desk.rollout, key)
    if as_json:
        _print_json(story.as_json(desk.rollout))
    else:
        from doorstep.shown import show_story

        show_story(out, desk.rollout, story, words=words)


@app.command()
def preview(notice: Annotated[str, typer.Argument(metavar="NOTICE")],
            language: Annotated[str, typer.Option()] = "en", channel: Annotated[str, typer.Option()] = "email",
            rollout: Whose = None,
            topic: Annotated[str | None, typer.Option(help="What the customer asked about, as health or cost.")] = None,
            to: ToFile = None) -> None:
    """A notice as the customer sees it."""
    from doorstep.facts.answer import CONCERNS
    from doorstep.words import Library
    from doorstep.words.preview import preview as show

    settings = Settings()
    chosen = load_rollout(settings.config, rollout or _first(rollout_names(settings.config)))
    library = Library.load(settings.templates)
    if topic is not None and topic not in CONCERNS:
        raise UsageError(f'"{topic}" is not a topic; those are {", ".join(CONCERNS)}')
    shown = show(library, chosen, notice, language=language, channel=channel, **({"topic": topic} if topic else {}))
    if to:
        to.write_bytes(shown.as_file(to.suffix))
        out.print(f"written to {to}", highlight=False)
    else:
        out.print(shown.as_text(), markup=False, highlight=False)


@app.command()
def report(name: Name, as_of: Annotated[str | None, typer.Option(help="The KPIs as of this moment.")] = None,
           to: Annotated[Path | None, typer.Option("--out", help="Where the page goes.")] = None) -> None:
    """Write the KPI page."""
    from doorstep.report import write_report

    desk = open_desk(name, as_of)
    page = write_report(desk.store, desk.rollout, now=desk.now, out=to or desk.settings.home / f"report-{name}.html")
    out.print(f"report: {page}", highlight=False, soft_wrap=True)


for _command in (field.stop, field.resume, field.calls, field.returned, field.board, booking.slots, booking.usage, pages.web,
                 pages.link, staff.staff, staff.quiz, staff.briefing):
    app.command()(_command)
app.add_typer(users.user, name="user")


def _first(names: list[str]) -> str:
    if not names:
        raise UsageError("there is no rollout yet; put one into config/rollouts/<name>.toml")
    return names[0]


def _speaks(desk: Desk) -> Any:
    from doorstep.words import Library

    library = Library.load(desk.settings.templates)
    first = desk.rollout.file.languages[0]
    return lambda notice, channel: library.speaks(
        notice, library.best(notice, desk.rollout.chain(first)) or first, channel)


def _print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")
