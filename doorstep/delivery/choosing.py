"""May we, and by which channel? Consent, preference, reach, quiet hours, the post's pace and the frequency cap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from doorstep.facts import Case
from doorstep.posting import arrived_at
from doorstep.rollout import PlanRow, Rollout

DAY = 86400
NOBODY_RESTS: Mapping[str, int] = {}


class Way(NamedTuple):
    """Yes: this channel, to this address."""

    channel: str
    to: str


class No(NamedTuple):
    """No, and why; `until` is when to look again."""

    state: str
    why: str
    until: int | None = None


class Standing(NamedTuple):
    """What the database says of a notice beside its facts."""

    until_at: int
    stands: bool
    carried: bool            # another copy of the same notice carries it
    tried: str
    recent: int              # notices that are not duty, accepted for this customer in seven days
    doubt: str = ""          # why and by which channel it may have gone out already, as "cut_off email"
    stops: str = ""          # the stops on the customer's addresses, as "email:* sms:programme"


@dataclass(frozen=True)
class Rules:
    """Everything about one plan row that is the same for each of its notices now."""

    row: PlanRow
    now: int
    ladder: tuple[str, ...]
    offered: tuple[str, ...]        # those that a customer's preference may choose from
    open_at: dict[str, int]          # when each channel may next be used
    away: Mapping[str, int]          # the channels of which every provider rests, and until when
    post_arrives: int
    cap: int


def rules_for(rollout: Rollout, row: PlanRow, now: int, away: Mapping[str, int] = NOBODY_RESTS) -> Rules:
    """The rules of one plan row at `now`; `away` are the channels whose providers all rest, and until when."""
    quiet = rollout.quiet
    opens = quiet.next_open(now, rollout.zone)
    ladder = row.ladder
    disturbs = {name for name in ladder if name in quiet.channels or name == "call"} if not row.on_the_spot else set()
    open_at = {name: opens if name in disturbs else now for name in ladder}
    return Rules(row, now, ladder, row.offered, open_at, away, arrived_at(rollout, now), rollout.file.cap_per_week)


def decide(rules: Rules, case: Case, standing: Standing, speaks: Callable[[str], bool]) -> Way | No:
    """Whether this notice goes out now, and how. `speaks(channel)` tells whether there are words for a channel."""
    if not standing.stands:
        return No("void", _overtaken(case))
    if rules.now >= standing.until_at:
        return No("missed", "too_late")
    if rules.row.purpose != "duty" and standing.recent >= _cap(rules, case):
        return _capped(rules, standing)
    return _first_way(rules, case, standing, speaks)


def _overtaken(case: Case) -> str:
    """Why what made the notice due is no longer so."""
    return "visit_changed" if case.status in ("planned", "booked", "en_route") else f"visit_{case.status}"


def _cap(rules: Rules, case: Case) -> int:
    """The rollout's cap, or a smaller one that the customer set."""
    return rules.cap if case.most_per_week is None else min(rules.cap, case.most_per_week)


def _capped(rules: Rules, standing: Standing) -> No:
    later = rules.now + DAY
    return No("held", "frequency_cap", later) if later < standing.until_at else No("void", "frequency_cap")


def _order(rules: Rules, case: Case) -> tuple[str, ...]:
    """The copy's own channel or the customer's preference first, then the plan's order."""
    if rules.row.on_the_spot:
        return (case.via,) if case.via in rules.offered else ()
    wanted = case.via or case.prefers           # a fallback's via is no channel, but what has been tried
    if wanted is None or wanted not in rules.offered:
        return rules.ladder
    return (wanted, *(name for name in rules.ladder if name != wanted))


def _first_way(rules: Rules, case: Case, standing: Standing, speaks: Callable[[str], bool]) -> Way | No:
    reasons: list[str] = []
    for channel in _order(rules, case):
        answer = _try(rules, channel, case, standing, speaks)
        if not isinstance(answer, str):
            return answer
        reasons.append(answer)
        if case.via == channel and standing.carried:
            return No("void", "other_copy_carries_it")
    return _nobody(rules, reasons)


def _try(rules: Rules, channel: str, case: Case, standing: Standing,
         speaks: Callable[[str], bool]) -> Way | No | str:
    """A way, a hold, or in a word why this channel will not do."""
    to = address_for(case, channel)
    if to is None or not speaks(channel) or (standing.tried and channel in standing.tried.split()):
        return "unreachable"
    if standing.stops and not rules.row.on_the_spot and _stopped(standing.stops, channel, rules.row.purpose):
        return "stopped"
    if channel == "post" and rules.post_arrives > standing.until_at:
        return "post_too_slow"
    away = rules.away.get(channel, 0)
    if away > rules.now:
        return No("held", "provider_away", away) if away < standing.until_at else "away_past_use"
    opens = rules.open_at.get(channel, rules.now)
    if opens > rules.now:
        return No("held", "quiet_hours", opens) if opens < standing.until_at else "quiet_past_use"
    return Way(channel, to)


def _stopped(stops: str, channel: str, purpose: str) -> bool:
    return not {f"{channel}:*", f"{channel}:{purpose}"}.isdisjoint(stops.split())


def _nobody(rules: Rules, reasons: list[str]) -> No:
    """No channel will do: the reason that a person could act on comes first."""
    for late in ("away_past_use", "quiet_past_use", "post_too_slow"):
        if late in reasons:
            return No("missed", late)
    if "stopped" in reasons:
        return No("failed" if rules.row.purpose == "duty" else "void", "stopped")
    return No("failed", "unreachable")


def address_for(case: Case, channel: str) -> str | None:
    """Where a channel reaches this customer, or None."""
    if channel == "email":
        return case.email
    if channel == "post":
        return case.address
    return case.phone


def cap_since(now: int) -> int:
    """The start of the seven days that the frequency cap looks at."""
    return now - 7 * DAY
