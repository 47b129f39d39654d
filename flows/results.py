"""What a flow hands to whoever started it in this process; the next flow reads the database, never this."""

from dataclasses import dataclass, field
from pathlib import Path

from doorstep.delivery import Sent
from doorstep.kpis import KpiValue
from doorstep.schedule import PullReport


@dataclass(frozen=True)
class PhaseResult:
    """One phase of one run: notices that became due, what became of all that were open, and how well it went."""

    planned: int
    sent: Sent
    kpis: list[KpiValue]


@dataclass(frozen=True)
class Measured:
    """The KPIs of every phase, and the page that shows them."""

    kpis: list[KpiValue]
    page: Path


@dataclass(frozen=True)
class Night:
    """A whole night. Where a step failed its place is empty, and the run ends in that step's error."""

    pulled: list[PullReport] = field(default_factory=list)
    phases: dict[str, PhaseResult] = field(default_factory=dict)
    measured: Measured | None = None
