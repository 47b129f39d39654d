"""What one pull did, in the words of its JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("new", "moved", "cancelled", "completed", "aborted")


@dataclass(frozen=True)
class PullReport:
    """One file: taken, refused and superseded rows add up to the rows read; `held` says why nothing of it was applied."""

    file: str
    rows: int = 0
    taken: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    warned: Mapping[str, int] = field(default_factory=dict)
    superseded: int = 0
    changed: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    unchanged: int = 0
    held: str | None = None
    feed_id: int = 0
    state: str = "taken"          # taken | held | accepted | same

    def as_json(self) -> dict[str, Any]:
        """The pull's JSON."""
        return {"file": self.file, "rows": self.rows, "taken": self.taken, "refused": dict(self.refused),
                "warned": dict(self.warned), "superseded": self.superseded, "changed": dict(self.changed),
                "unchanged": self.unchanged, "held": self.held}


def counted(kinds: Counter[str]) -> dict[str, int]:
    """Changed work orders by kind: always the five of the contract, `other` only where there are any."""
    changed = {kind: kinds[kind] for kind in KINDS}
    changed["cancelled"] += kinds["gone"]
    return changed | ({"other": kinds["other"]} if kinds["other"] else {})
