"""How a run is named, and what it says when it is done."""

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any, TypeVar, cast

from prefect import State, runtime
from prefect.states import Completed

from doorstep.delivery import Sent
from doorstep.errors import DoorstepError
from doorstep.kpis import KpiValue
from doorstep.rollout.load import PHASES
from doorstep.schedule import PullReport
from flows.clock import in_zone, scheduled_at, zone_of
from flows.results import Night

T = TypeVar("T")
FAILED = "failed: "


def run_name() -> str:
    """A run's name, as "nightly northwick 9 Mar 02:00" in the rollout's own time."""
    given = runtime.flow_run.parameters
    when = in_zone(given.get("now") or scheduled_at(), zone_of(given["rollout"]))
    return f"{runtime.flow_run.flow_name} {given['rollout']} {when.day} {when:%b %H:%M}"


def ending(message: str, value: T, *, name: str = "Completed") -> T:
    """End a flow with a sentence that the UI shows beside its state; whoever called the flow gets `value`."""
    return cast(T, Completed(name=name, message=message, data=value))


def in_words(planned: int, sent: Sent) -> str:
    """What a phase did, in one line: "12 newly due; of 15 looked at: 11 sent, 3 held, 1 failed"."""
    if not planned and not sent.due:
        return "nobody was due"
    parts = [f"{number:,} {what}" for what, number in sent.as_json().items() if what != "due" and number]
    return f"{planned:,} newly due; of {sent.due:,} looked at: {', '.join(parts) or 'none'}"


def files(reports: Sequence[PullReport]) -> str:
    """What a pull found, in a few words: "2 new files, 1 of them held for a person"."""
    if not reports:
        return "no new file"
    held = sum(report.held is not None for report in reports)
    found = f"{len(reports)} new file{'s' * (len(reports) > 1)}"
    return f"{found}, {'' if held == len(reports) else f'{held} of them '}held for a person" if held else found


def in_short(kpis: Sequence[KpiValue]) -> str:
    """How the KPIs stand, in one line; parts of a KPI are not counted."""
    whole = [kpi for kpi in kpis if not kpi.cut]
    return f"{len(whole)} KPIs, {sum(kpi.status == 'missed' for kpi in whole)} missed their target"


def said(ends: Mapping[str, State[Any]]) -> dict[str, str]:
    """What each step of a night said at its end; of a failed one, why."""
    return {name: (end.message or "") if end.is_completed() else _fault(end) for name, end in ends.items()}


def _fault(end: State[Any]) -> str:
    """Our own errors are sentences already; of anything else the first line, which says what kind it is."""
    error = end.result(raise_on_failure=False)
    words = str(error) if isinstance(error, DoorstepError) else (end.message or end.name or "")
    return FAILED + shorten(words.split("\n", 1)[0], 300, placeholder=" …")


def together(ends: Mapping[str, State[Any]]) -> Night:
    """What the steps of a night gave; the place of a failed one is empty."""
    done = {name: end.result() for name, end in ends.items() if end.is_completed()}
    return Night(done.get("pull", []), {phase: done[phase] for phase in PHASES if phase in done}, done.get("measure"))


def closing(night: Night, sayings: Mapping[str, str], failed: Sequence[str]) -> Night:
    """End a night with what it did, or with what each failed step said."""
    if failed:
        raise DoorstepError(f"{len(failed)} of {len(sayings)} steps failed. "
                            + " ".join(f"{name}: {sayings[name].removeprefix(FAILED)}" for name in failed))
    total = sum(result.sent.sent for result in night.phases.values())
    return ending(f"{files(night.pulled)}; {total:,} notices sent", night)
