"""The page itself: the template filled with what was found, in plain words."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from doorstep.kpis.shown import WORDS
from doorstep.report.coming import Ahead
from doorstep.report.concern import Concern
from doorstep.report.phases import PhaseView
from doorstep.rollout import Rollout


def render(templates: Path, rollout: Rollout, now: int, phases: Sequence[PhaseView], waiting: Sequence[Concern],
           ahead: Ahead) -> str:
    """The whole page as HTML."""
    counts = {status: sum(phase.count(status) for phase in phases) for status in WORDS}
    return _rooms(templates).get_template("report.html").render(
        rollout=rollout, phases=phases, waiting=waiting, ahead=ahead, counts=counts, words=WORDS,
        moment=_moment(rollout, now), verdict=verdict(counts, waiting))


@cache
def _rooms(templates: Path) -> Environment:
    """The page's template, compiled once; again where it has changed."""
    rooms = Environment(loader=FileSystemLoader(templates / "layouts"), autoescape=True, undefined=StrictUndefined,
                        trim_blocks=True, lstrip_blocks=True)
    rooms.filters["number"] = lambda number: f"{number:,}"
    rooms.filters["money"] = lambda amount, currency: f"{currency} {amount:,.2f}"
    return rooms


def verdict(counts: dict[str, int], waiting: Sequence[Concern]) -> str:
    """The page in one or two sentences."""
    judged = counts["met"] + counts["near"] + counts["missed"]
    if not judged:
        return "It is too early to judge: there is not enough yet to hold against any target."
    said = f"{counts['met']} of {judged} measures with enough data {'is' if counts['met'] == 1 else 'are'} on target"
    words = {"near": ("comes close", "come close"), "missed": ("misses it", "miss it")}
    rest = [f"{counts[status]} {one if counts[status] == 1 else many}" for status, (one, many) in words.items() if counts[status]]
    urgent = sum(each.urgent for each in waiting)
    last = f" {urgent} {'matter is' if urgent == 1 else 'matters are'} urgent." if urgent else ""
    return said + "".join(f", {part}" for part in rest) + "." + last


def _moment(rollout: Rollout, now: int) -> str:
    local = datetime.fromtimestamp(now, rollout.zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M} ({rollout.zone.key})"
