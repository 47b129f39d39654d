"""The artifacts' pages: Markdown with ids and counts only, never a name, an address or a number of a customer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doorstep.delivery.halting import Standstill
from doorstep.kpis import KpiValue
from doorstep.kpis.shown import shown, words_for
from doorstep.schedule import HeldFeed, PullReport
from tasks.charts import Bar, bars

MOST_ROWS = 200
GREEN, AMBER, RED, GREY = "#16a34a", "#d97706", "#dc2626", "#7c8594"
COLOURS = {"met": GREEN, "near": AMBER, "missed": RED}       # any other status is grey: nothing to hold it against


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; cut at MOST_ROWS, and says so."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |" for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(f"\n… and {len(rows) - MOST_ROWS} more.")
    return "\n".join(lines)


def pull_page(reports: Sequence[PullReport]) -> str:
    """What each pulled file changed, and why rows were refused."""
    return "\n\n".join(_one_pull(report) for report in reports)


def _one_pull(report: PullReport) -> str:
    said = report.as_json()
    parts = [f"## {Path(said['file']).name} (feed {report.feed_id})"]
    if said["held"]:
        return "\n\n".join([*parts, f"**Held: {said['held']}.** Nothing of it was taken; a person decides."])
    parts.append(f"{_number(said['rows'])} rows: {_number(said['taken'])} taken, {_number(said['superseded'])} "
                 f"superseded by a later row, {_number(sum(said['refused'].values()))} refused.")
    counts = {**said["changed"], "unchanged": said["unchanged"]}
    parts.append(bars("What changed", [Bar(what, _share(number, counts), GREEN, _number(number))
                                       for what, number in counts.items()]))
    parts += [f"### {title}\n\n{_reasons(said[what])}" for what, title in
              (("refused", "Refused, by reason"), ("warned", "Taken with a warning")) if said[what]]
    return "\n\n".join(parts)


def _reasons(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return table(["reason", "rows"], [(reason, _number(count)) for reason, count in ordered])


def kpi_page(values: Sequence[KpiValue], currency: str = "") -> str:
    """Every KPI of a phase against its target: percentages as bars, all of them as a table."""
    whole = [value for value in values if not value.cut]
    shares = [_bar(value) for value in whole if value.unit == "%" and value.value is not None]
    parts = [bars("KPIs against their targets", shares), "The line across a bar is its target."] if shares else []
    parts.append(table(["", "KPI", "value", "target", "status", "counted"], [
        (_unbroken(value.id), value.title, _unbroken(shown(value, currency=currency)),
         _unbroken(shown(value, target=True, currency=currency)), _unbroken(" ".join(words_for(value.status))),
         _unbroken(f"{_number(value.numerator)} / {_number(value.denominator)}")) for value in whole]))
    return "\n\n".join(parts)


def night_page(sayings: Mapping[str, str], values: Sequence[KpiValue], currency: str = "") -> str:
    """What each step of a night said, and every KPI by phase."""
    parts = [table(["step", "how it ended"], list(sayings.items()))]
    for phase in dict.fromkeys(value.phase for value in values):
        parts += [f"## {phase.capitalize()} the visit", kpi_page([v for v in values if v.phase == phase], currency)]
    return "\n\n".join(parts)


def _bar(value: KpiValue) -> Bar:
    return Bar(value.title, (value.value or 0) / 100, COLOURS.get(value.status, GREY), shown(value),
               None if value.target is None else value.target / 100)


class Waiting(NamedTuple):
    """What waits for a person in one rollout."""

    held: Sequence[HeldFeed] = ()
    refused: Mapping[str, int] = {}
    unknown: int = 0
    stops: Sequence[Standstill] = ()
    resting: Sequence[str] = ()
    mismatches: Sequence[str] = ()


def waiting_page(rollout: str, waiting: Waiting) -> str:
    """What only a person can decide, and the exact words that decide it."""
    held, refused, unknown, stops, resting, wrong = waiting
    parts = ["## The books do not balance\n\n" + "\n".join(f"- {each}" for each in wrong)] if wrong else []
    if stops:
        parts.append("## Emergency stops in force\n\nNothing that fits one goes out. To end one, start the deployment "
                     "**resume** with its id.\n\n"
                     + table(["id", "what", "why", "by"], [(each.id, each.scope, each.reason, each.by) for each in stops]))
    if resting:
        parts.append("## Providers that fail\n\n" + "\n".join(f"- {each}" for each in resting))
    parts += [_held(rollout, feed) for feed in held]
    if refused:
        parts.append("## Refused rows\n\nEach is taken as soon as the feed brings it mended.\n\n" + _reasons(refused))
    if unknown:
        parts.append(f"## Notices of unknown outcome\n\n{_number(unknown)} were handed over and got no answer. They "
                     "are never resent blindly; the provider's own news settles them.")
    return "\n\n".join(parts) or "Nothing waits for a person."


def _held(rollout: str, feed: HeldFeed) -> str:
    """A held feed with the form's four fields as they must be filled in."""
    return "\n\n".join([
        f"## Held feed {feed.feed_id}: {feed.reason}",
        f"`{Path(feed.file).name}`, {_number(feed.rows)} rows. Of the open work orders it would drop "
        f"{_number(feed.would_vanish)}, move {_number(feed.would_move)} and cancel {_number(feed.would_cancel)}. "
        "Nothing of it was taken.",
        "If it is wrong, do nothing: the next right file takes its place. If it is right, start the deployment "
        "**accept-feed** (Deployments, accept-feed, Run, Custom run) with",
        table(["field", "value"], [("rollout", f"`{rollout}`"), ("feed_id", f"`{feed.feed_id}`"),
                                   ("count", f"`{feed.count}`"), ("by", "your name")]),
    ])


def _unbroken(text: str) -> str:
    """A figure that stays on one line."""
    return text.replace(" ", "\u00a0").replace("-", "\u2011")


def _number(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"


def _share(number: int, counts: Mapping[str, int]) -> float:
    return number / max(*counts.values(), 1)
