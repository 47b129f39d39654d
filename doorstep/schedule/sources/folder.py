"""A folder that somebody puts schedules into: a share, an SFTP drop, a mount."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import field_validator

from doorstep.errors import Permanent
from doorstep.schedule.sources import Arrival, SourceShape, is_half_written, order

log = logging.getLogger(__name__)


class Source(SourceShape):
    """`path` is relative to where the rollout file's base is; `pattern` may reach into folders below with `**/`."""

    kind: Literal["folder"]
    path: str
    pattern: str = "*"

    @field_validator("pattern")
    @classmethod
    def _stays_inside(cls, pattern: str) -> str:
        if not pattern or pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
            raise ValueError(f'"{pattern}" leaves the folder; write one like "*.csv"')
        return pattern

    @field_validator("path")
    @classmethod
    def _is_a_path(cls, path: str) -> str:
        if not path or "\0" in path:
            raise ValueError("not a path; write the folder that holds the schedules")
        return path

    def arrivals(self, *, marks: Mapping[str, str], folder: Path, base: Path) -> Iterator[Arrival]:
        """Files whose name, size and time were not taken before."""
        root = (base / Path(self.path).expanduser()).resolve()
        if not root.is_dir():
            raise Permanent(f'feed.source.path: "{root}" is not a folder; is the share mounted?')
        found = [(path.relative_to(root).as_posix(), path, path.stat()) for path in self._files(root)]
        for name, path, status in sorted(found, key=lambda it: order(it[0], it[2].st_mtime)):
            arrival = Arrival(path.name, path, f"folder:{self.path}/{name}", f"{status.st_size} {status.st_mtime_ns}")
            if marks.get(arrival.source) != arrival.mark:
                yield arrival

    def _files(self, root: Path) -> Iterator[Path]:
        for path in root.glob(self.pattern):
            if is_half_written(path.relative_to(root).as_posix()) or not path.is_file():
                continue
            if path.resolve().is_relative_to(root):
                yield path
            else:
                log.warning("a link that leads out of the folder of schedules is not followed")
