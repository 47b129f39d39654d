"""Text messages for the tests of providers that take a form: a rollout that names the provider, and items to send."""

from collections.abc import Sequence
from typing import Any

from doorstep.channels import Item, Outcome
from doorstep.rollout import Rollout
from doorstep.words import Library
from tests.making import make_rollout
from tests.words.desk import case_of, skeleton_of

NOW = 1_800_000_000
WORDS = "Subject: S\nSms: {{ customer.name }}: we come soon\n\nBody\n"


def rollout_with(provider: str, **table: Any) -> Rollout:
    """A rollout with `[providers.<provider>]`; one request at a time, and no long waits, unless told."""
    return make_rollout(providers={provider: {"timeout_seconds": 0.4, "at_once": 1, **table}})


def states(outcomes: Sequence[Outcome]) -> list[tuple[str, str | None]]:
    """What became of each, and why."""
    return [(outcome.state, outcome.code) for outcome in outcomes]


class Writer:
    """Writes items: each has a number, and a text that says a name."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.made = 0

    def item(self, to: str, name: str = "All", **values: Any) -> Item:
        """One item; its notice's number counts up from 1."""
        self.made += 1
        skeleton, texts = skeleton_of(self.library, "sms", case_of(name=name))
        return Item(self.made, f"{self.made}.1", to, skeleton, texts)._replace(**values)

    def items(self, count: int, **values: Any) -> list[Item]:
        """So many items to so many numbers, each with a text of its own."""
        return [self.item(f"+25677200{number:04d}", f"Person {number}", **values) for number in range(count)]
