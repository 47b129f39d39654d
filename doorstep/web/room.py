"""What every page and hook needs: settings, the store, the rollouts, the words, signed links and the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from doorstep.links import Links, open_links
from doorstep.rollout import Rollout, load_rollout, rollout_names
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from doorstep.web.words import Pages
from doorstep.words import Library


def _clock() -> int:
    return int(time.time())


@dataclass(frozen=True)
class Room:
    """One web process. The clock is read here, at the edge, and handed down."""

    settings: Settings
    store: Store
    rollouts: dict[str, Rollout]
    clock: Callable[[], int] = field(default=_clock)

    @property
    def now(self) -> int:
        """Epoch seconds."""
        return self.clock()

    @cached_property
    def links(self) -> Links | None:
        """The signed links; None without a key."""
        return open_links(self.settings, strict=False)

    @cached_property
    def pages(self) -> Pages:
        """The pages' layouts and their words in each language."""
        return Pages(self.settings.templates)

    @cached_property
    def library(self) -> Library:
        """The notices' words."""
        return Library.load(self.settings.templates)


def open_room(settings: Settings, clock: Callable[[], int] = _clock) -> Room:
    """The room of these settings, with every rollout there is. Raises ConfigError."""
    rollouts = {name: load_rollout(settings.config, name) for name in rollout_names(settings.config)}
    return Room(settings, open_store(settings), rollouts, clock)


async def _room(request: Request) -> Room:
    # Not a plain function: FastAPI hands those to a thread, which takes longer than to look here.
    found: Room = request.app.state.room
    return found


Here = Annotated[Room, Depends(_room)]
