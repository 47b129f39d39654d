"""What one matter that needs a person looks like."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 8              # of the visits or cases behind a number, named by their ids


@dataclass(frozen=True)
class Concern:
    """One thing to look at. `parts` are the reasons it consists of, with their counts."""

    title: str
    count: int
    todo: str
    command: str
    parts: tuple[tuple[str, int], ...] = ()
    urgent: bool = False


def examples(what: str, ids: Sequence[int], count: int) -> str:
    """ "visits 3, 8, 12 and 40 more" """
    some = ids[:MOST]
    more = f" and {count - len(some):,} more" if count > len(some) else ""
    return f"{what}{'s' if count > 1 else ''} {', '.join(map(str, some))}{more}"


def plain(word: str | None) -> str:
    """A word of ours as people write it."""
    return (word or "no reason given").replace("_", " ")
