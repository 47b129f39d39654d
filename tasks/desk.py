"""What every task opens before it works, and closes after: settings, rollout and database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from doorstep.rollout import Rollout, load_rollout
from doorstep.settings import Settings
from doorstep.store import Store, open_store


@dataclass(frozen=True)
class Desk:
    """One rollout's work within reach. Never handed from task to task: a run on another machine opens its own."""

    settings: Settings
    rollout: Rollout
    store: Store


@contextmanager
def desk(rollout: str) -> Iterator[Desk]:
    """Open a rollout by its name."""
    settings = Settings()
    known = load_rollout(settings.config, rollout)
    store = open_store(settings)
    try:
        yield Desk(settings, known, store)
    finally:
        store.close()
