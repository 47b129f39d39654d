"""Where a schedule comes from: one file here for each kind of source, found by its name; each yields only what is new."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from doorstep.errors import ConfigError
from doorstep.rollout.load import sentences

HALF_WRITTEN = (".part", ".tmp", ".filepart", ".crdownload")
DATE = re.compile(r"(?<!\d)(20\d\d)[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])"
                  r"(?:[T_-]?([01]\d|2[0-3])[-:]?([0-5]\d))?(?!\d{3})")


@dataclass(frozen=True)
class Arrival:
    """One new file. Its `source` and `mark` are recorded once it was dealt with, and then it is not new any more."""

    name: str
    path: Path
    source: str
    mark: str


class SourceShape(BaseModel, ABC):
    """What every kind of source does; its fields are the keys it takes in `feed.source`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str

    def faults(self) -> list[str]:
        """What is wrong and can be seen without going out, each as `key: what is wrong`."""
        return []

    @abstractmethod
    def arrivals(self, *, marks: Mapping[str, str], folder: Path, base: Path) -> Iterator[Arrival]:
        """What is new, oldest first, one at a time."""


def kinds() -> list[str]:
    """The kinds of sources there are: the files of this folder."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def fetch(source: Mapping[str, Any], *, place: str, marks: Mapping[str, str], folder: Path, base: Path) -> Iterator[Arrival]:
    """What is new at a feed's source, oldest first; each is fetched when it is asked for.

    `place` is the rollout file, for messages; `marks` what was taken before; `folder` takes downloads, which stay there
    until the caller removes them; `base` is what relative paths are relative to. Raises ConfigError, Transient, Permanent.
    """
    shape = _shape(source, place)
    if faults := shape.faults():
        raise ConfigError(_named(place, faults))
    yield from shape.arrivals(marks=marks, folder=folder, base=base)


def check(source: Mapping[str, Any], *, place: str) -> list[str]:
    """Every mistake in `feed.source` that can be seen without going out, one sentence each."""
    try:
        return _named(place, _shape(source, place).faults())
    except ConfigError as error:
        return error.faults


def is_half_written(name: str) -> bool:
    """Whether the sender is still writing, or hides, the file of this name."""
    last = name.rpartition("/")[2]
    hidden = any(part.startswith(".") for part in name.split("/"))
    return hidden or last.startswith("~$") or last.lower().endswith(HALF_WRITTEN)


def order(name: str, arrived: float) -> tuple[str, float, str]:
    """Sorts files from old to new: by the date in the name (else that of arrival), then by arrival, then by name."""
    found = DATE.search(name)
    if found:
        return "".join(part for part in found.groups() if part), arrived, name
    return f"{datetime.fromtimestamp(arrived, UTC):%Y%m%d%H%M}", arrived, name


def _shape(source: Mapping[str, Any], place: str) -> SourceShape:
    kind = source.get("kind")
    if kind not in kinds():
        said = f'"{kind}" is not a kind of source' if kind else "missing"
        raise ConfigError(_named(place, [f'kind: {said}; the kinds are {", ".join(kinds())}']))
    shape = cast(type[SourceShape], import_module(f"{__name__}.{kind}").Source)
    try:
        return shape.model_validate(dict(source))
    except ValidationError as error:
        raise ConfigError(_named(place, sentences(error))) from error


def _named(place: str, faults: list[str]) -> list[str]:
    return [f"{place}: feed.source.{fault}" for fault in faults]


def read_mark(mark: str) -> dict[str, str]:
    """A mark that holds several values, as JSON; empty where it is none of ours."""
    try:
        known = json.loads(mark)
    except ValueError:
        return {}
    return {key: str(value) for key, value in known.items()} if isinstance(known, dict) else {}
