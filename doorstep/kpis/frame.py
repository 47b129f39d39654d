"""What a KPI is: a function that counts, under an id, with the cuts that make sense for it."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from doorstep.kpis.score import status_of
from doorstep.kpis.sight import Sight, Spread, Tally
from doorstep.rollout import KpiTarget

Counted = Iterable[Tally] | Iterable[Spread]
Ask = Callable[[Sight], Counted]
PER = {"%": 100.0, "per 1,000": 1000.0}


@dataclass(frozen=True)
class KpiValue:
    """A KPI as measured: for everyone (`cut` is "") or for one part, such as "wave=W01" or "channel=sms"."""

    id: str
    phase: str
    title: str
    value: float | None
    numerator: float
    denominator: float
    target: float | None
    status: str                # met | near | missed | too_few | watch (nothing to be held against)
    unit: str
    direction: str
    cut: str = ""


@dataclass(frozen=True)
class Measure:
    """How a KPI is counted. Of the `shares`, each part is held against the whole, as reasons are."""

    id: str
    ask: Ask
    meaning: str
    cuts: tuple[str, ...]
    shares: tuple[str, ...]
    percentile: float | None


_KNOWN: dict[str, Measure] = {}


def kpi(name: str, *, cuts: Sequence[str] = (), shares: Sequence[str] = (),
        percentile: float | None = None) -> Callable[[Ask], Ask]:
    """Make a function a KPI. It returns tallies, or for a percentile (1 to 99) spreads; the first paragraph of its
    docstring is what the report says it means. Its title, phase, unit and target stand in config/kpis.toml under the same id."""
    def known(ask: Ask) -> Ask:
        if name in _KNOWN:
            raise ValueError(f'KPI "{name}" is measured twice: by {_KNOWN[name].ask.__name__} and {ask.__name__}')
        meaning = " ".join((ask.__doc__ or "").split("\n\n")[0].split())
        _KNOWN[name] = Measure(name, ask, meaning, tuple(cuts), tuple(shares), percentile)
        return ask
    return known


def measures() -> dict[str, Measure]:
    """Every KPI of this package, found by its module."""
    for module in iter_modules([str(Path(__file__).parent)]):
        import_module(f"doorstep.kpis.{module.name}")
    return dict(_KNOWN)


def measured(sight: Sight, measure: Measure, target: KpiTarget, *, cuts: bool) -> Iterator[KpiValue]:
    """One KPI for everyone, then (with `cuts`) for each part that occurs, in order."""
    counted: list[Tally | Spread] = [*measure.ask(sight)]
    parts = [""] + (sorted(_parts(counted, (*measure.cuts, *measure.shares))) if cuts else [])
    members = _members(counted, parts)
    whole = sum(row.denominator for row in counted if isinstance(row, Tally))
    for cut in parts:
        denominator = whole if cut.partition("=")[0] in measure.shares else None
        yield _value(measure, target, members[cut], cut, denominator)


def _parts(counted: Sequence[Tally | Spread], cuts: Sequence[str]) -> set[str]:
    return {f"{name}={row.marks[name]}" for row in counted for name in cuts if name in row.marks}


def _members(counted: Sequence[Tally | Spread], parts: Sequence[str]) -> dict[str, list[Tally | Spread]]:
    members: dict[str, list[Tally | Spread]] = defaultdict(list)
    wanted = set(parts)
    for row in counted:
        members[""].append(row)
        for name, mark in row.marks.items():
            if f"{name}={mark}" in wanted:
                members[f"{name}={mark}"].append(row)
    return members


def _value(measure: Measure, target: KpiTarget, rows: Sequence[Tally | Spread], cut: str,
           whole: float | None) -> KpiValue:
    if measure.percentile is not None:
        value, numerator, denominator = _percentile(rows, measure.percentile, target)
    else:
        value, numerator, denominator = _share(rows, target.unit, whole)
    return KpiValue(measure.id, target.phase, target.title, value, _whole(numerator), _whole(denominator), target.target,
                    status_of(value, denominator, target), target.unit, target.direction, cut)


def _whole(number: float) -> float:
    """A count as a whole number; a sum of money as it is."""
    return int(number) if float(number).is_integer() else number


def _share(rows: Sequence[Tally | Spread], unit: str, whole: float | None) -> tuple[float | None, float, float]:
    tallies = [row for row in rows if isinstance(row, Tally)]
    numerator = sum(row.numerator for row in tallies)
    denominator = sum(row.denominator for row in tallies) if whole is None else whole
    if unit == "count":
        return numerator, numerator, denominator
    return (numerator * PER.get(unit, 1.0) / denominator if denominator else None), numerator, denominator


def _percentile(rows: Sequence[Tally | Spread], percent: float,
                target: KpiTarget) -> tuple[float | None, float, float]:
    """The nearest rank: a value that occurred. The numerator is how many keep the target (all, where there is none)."""
    spread = sorted((row for row in rows if isinstance(row, Spread)), key=lambda row: row.value)
    total = sum(row.count for row in spread)
    if not total:
        return None, 0.0, 0.0
    rank, passed, value = max(1, math.ceil(total * percent / 100)), 0, 0.0
    for row in spread:
        value, passed = row.value, passed + row.count
        if passed >= rank:
            break
    return value, float(sum(row.count for row in spread if _keeps(row.value, target))), float(total)


def _keeps(value: float, target: KpiTarget) -> bool:
    if target.target is None or target.direction == "watch":
        return True
    return value >= target.target if target.direction == "up" else value <= target.target
