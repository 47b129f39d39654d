"""Files that come beside the schedule, such as slots and first readings: each kind from a source of its own, each file once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection

from doorstep.errors import ConfigError, FeedError, Permanent, UsageError
from doorstep.rollout import Rollout
from doorstep.schedule.marks import marks_of, remember
from doorstep.schedule.reading import frames, header
from doorstep.schedule.sources import check, fetch
from doorstep.settings import Settings
from doorstep.store import Store


@dataclass(frozen=True)
class Beside:
    """A kind of file: its short name, the key of the rollout file that names its source, its columns, and what it holds."""

    kind: str
    place: str
    columns: tuple[str, ...]
    what: str

    def faults(self, rollout: Rollout, source: Mapping[str, Any]) -> list[str]:
        """Every mistake in its source that can be seen without going out."""
        return [self._ours(fault) for fault in check(source, place=rollout.config_path)] if source else []

    def files(self, store: Store, rollout: Rollout, settings: Settings, source: Mapping[str, Any],
              file: Path | None) -> Iterator["Arrived"]:
        """That one file, or all that are new at the source. Raises ConfigError, UsageError, Transient and Permanent."""
        if file is not None:
            if not file.is_file():
                raise UsageError(f"{file}: there is no such file of {self.what}")
            yield Arrived(self, file.name, file)
        elif source:
            yield from self._new(store, rollout, settings, source)

    def _new(self, store: Store, rollout: Rollout, settings: Settings, source: Mapping[str, Any]) -> Iterator["Arrived"]:
        ours = f"{self.kind}:"             # before a source's name among the marks: a folder may hold schedules too
        with store.read() as connection:
            seen = marks_of(connection, rollout, ours)
        folder = settings.feeds_folder / rollout.name / self.kind
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for each in fetch(source, place=rollout.config_path, marks=seen, folder=folder,
                              base=settings.config.resolve().parent):
                yield Arrived(self, each.name, each.path, ours + each.source, each.mark)
                if each.path.is_relative_to(settings.feeds_folder):
                    each.path.unlink(missing_ok=True)
        except ConfigError as error:
            raise ConfigError([self._ours(fault) for fault in error.faults]) from error
        except Permanent as error:
            raise Permanent(self._ours(str(error))) from error

    def _ours(self, sentence: str) -> str:
        return sentence.replace("feed.source", self.place)


@dataclass(frozen=True)
class Arrived:
    """A file that is here to be taken. Without a source it was named by a person, and may be taken again."""

    beside: Beside
    name: str
    path: Path
    source: str = ""
    mark: str = ""

    def frames(self, rollout: Rollout) -> Iterator[pl.DataFrame]:
        """Its lines as texts, with their numbers in `line`. Raises FeedError where a column is missing."""
        shape = rollout.file.feed.model_copy(update={"format": None, "encoding": "utf-8", "records": None, "sheet": None,
                                                     "source": {"kind": "folder"}})
        have = header(self.path, name=self.name, feed=shape)
        missing = [column for column in self.beside.columns if have is not None and column not in have]
        if missing:
            raise FeedError(f'{self.name}: the column "{missing[0]}" is missing; a file of {self.beside.what} has '
                            f"{', '.join(self.beside.columns)}")
        yield from frames(self.path, name=self.name, feed=shape)

    def note(self, connection: Connection, rollout: Rollout, now: int) -> None:
        """Write down, in the transaction that took it, that it need not come again."""
        remember(connection, rollout, self.source, self.mark, now)


def day_formats(own: Sequence[str]) -> list[str]:
    """The ways a day may be written in such a file: ISO's first, then those of the rollout's schedule."""
    return list(dict.fromkeys(("%Y-%m-%d", *own)))
