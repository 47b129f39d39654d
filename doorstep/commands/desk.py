"""What commands share: the words of their options, where they print, and the desk that most of them open."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console

from doorstep.errors import UsageError
from doorstep.rollout import Rollout, load_rollout
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from doorstep.timing import to_instant

out = Console()
errors = Console(stderr=True, soft_wrap=True)

Name = Annotated[str, typer.Argument(metavar="ROLLOUT", help="A file in config/rollouts, without its ending.")]
Now = Annotated[str | None, typer.Option(
    help="Act as at this moment, like 2027-01-04T06:00; without a zone, the rollout's.")]
ToCsv = Annotated[Path | None, typer.Option("--csv", help="Write one line for each to this file.")]
ToFile = Annotated[Path | None, typer.Option("--out", help="Write it to this file: .html, .txt, .pdf or .json, by channel.")]
Id = Annotated[str, typer.Argument(metavar="ID", help='A work order, an account, "visit 12" or "notice 34".')]
Whose = Annotated[str | None, typer.Option(help="Whose utility speaks; the first one if not said.")]
By = Annotated[str, typer.Option(help="Your name, if not that of your account.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Desk(NamedTuple):
    """What most commands need."""

    settings: Settings
    rollout: Rollout
    store: Store
    now: int


def open_desk(name: str, now: str | None) -> Desk:
    """Settings, rollout and store by the rollout's name, at the moment said or now."""
    settings = Settings()
    rollout = load_rollout(settings.config, name)
    return Desk(settings, rollout, open_store(settings), moment_of(rollout, now))


def moment_of(rollout: Rollout, said: str | None) -> int:
    """The clock is read here and handed down."""
    if said is None:
        return to_instant(datetime.now(UTC))
    try:
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise UsageError(f'"{said}" is not a moment; write it like 2027-01-04T06:00 or 2027-01-04T06:00+00:00') from error
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=rollout.zone))
