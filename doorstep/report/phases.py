"""Each phase as the page shows it: its KPIs, how they stand, and where they are weakest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from doorstep.kpis import KpiValue, measures
from doorstep.kpis.score import alarming
from doorstep.kpis.shown import shown, words_for
from doorstep.rollout import Rollout

TITLES = {"before": "Before the visit", "during": "During the visit", "after": "After the visit"}
ASKS = {"before": "Is everyone told, early enough, in words they can read, on a channel that reaches them?",
        "during": "Are promises kept, put right at once where they change, and outcomes told the same day?",
        "after": "Does the work stay done, and does the conversation go on?"}


@dataclass(frozen=True)
class KpiView:
    """One KPI in the words and figures of the page."""

    id: str
    title: str
    meaning: str
    value: str
    counted: str
    target: str
    status: str
    symbol: str
    word: str
    alarm: bool
    weakest: tuple[str, ...]
    source: str
    svg: str


@dataclass(frozen=True)
class PhaseView:
    """One phase."""

    name: str
    title: str
    asks: str
    kpis: tuple[KpiView, ...]

    def count(self, status: str) -> int:
        """How many of its KPIs stand so."""
        return sum(kpi.status == status for kpi in self.kpis)


def phase_views(rollout: Rollout, values: Sequence[KpiValue], drawn: Mapping[str, str]) -> list[PhaseView]:
    """The three phases in order."""
    return [PhaseView(phase, title, ASKS[phase], tuple(
        _view(rollout, value, [each for each in values if each.id == value.id and each.cut], drawn.get(value.id, ""))
        for value in values if value.phase == phase and not value.cut)) for phase, title in TITLES.items()]


def _view(rollout: Rollout, value: KpiValue, cuts: Sequence[KpiValue], svg: str) -> KpiView:
    target = rollout.targets[value.id]
    symbol, word = words_for(value.status)
    currency = rollout.file.currency
    return KpiView(
        value.id, value.title, measures()[value.id].meaning, shown(value, currency=currency), _counted(value),
        shown(value, target=True, currency=currency), value.status, symbol, word,
        value.status == "missed" and alarming(value.value, target), _weakest(value, cuts, target.least), target.source, svg)


def _counted(value: KpiValue) -> str:
    if value.unit == "money":
        return f"{value.numerator:,.2f} for {value.denominator:,.0f}"
    return f"{value.numerator:,.0f} of {value.denominator:,.0f}"


def _weakest(value: KpiValue, cuts: Sequence[KpiValue], least: int) -> tuple[str, ...]:
    """The worst wave, language and channel that are worse than the whole, and which reasons or topics make up most of it."""
    measure, kinds = measures()[value.id], {cut.cut: cut.cut.partition("=")[0] for cut in cuts}
    said = [_named(worst) for kind in measure.cuts
            if (worst := _worst(value, [cut for cut in cuts if kinds[cut.cut] == kind], least))]
    parts = sorted((cut for cut in cuts if kinds[cut.cut] in measure.shares and cut.numerator), key=lambda cut: -cut.numerator)
    return (*said, *(f"{_part(cut)}: {shown(cut)}" for cut in parts[:3]))


def _worst(value: KpiValue, cuts: Sequence[KpiValue], least: int) -> KpiValue | None:
    if value.direction == "watch" or value.value is None:
        return None
    sign = 1 if value.direction == "up" else -1
    judged = [cut for cut in cuts if cut.value is not None and cut.denominator >= least
              and sign * cut.value < sign * value.value]
    return min(judged, key=lambda cut: sign * (cut.value or 0.0), default=None)


def _named(cut: KpiValue) -> str:
    kind, _, part = cut.cut.partition("=")
    name = language_name(part) if kind == "language" else f"{kind} {part}"
    return f"{name}: {shown(cut)}"


def _part(cut: KpiValue) -> str:
    return cut.cut.replace("=", " ").replace("_", " ")


def language_name(code: str) -> str:
    """A language in English."""
    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code
