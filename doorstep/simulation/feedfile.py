"""Writes the day's feed in the rollout's own columns, date format and words, dirt and all."""

import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import polars as pl

from doorstep.simulation.days import LISTED, NEVER
from doorstep.simulation.dirt import Dirt
from doorstep.simulation.wording import Wording
from doorstep.simulation.world import CHUNK, World

WRITTEN = ("csv", "tsv", "json", "jsonl")
MINUTES_BETWEEN_MOVES = 7


@dataclass(frozen=True)
class FeedFiles:
    """The files that the schedule's keepers drop into a folder, one a day."""

    world: World
    folder: Path
    _kept: set[int] = field(default_factory=set)

    @cached_property
    def wording(self) -> Wording:
        """The rollout's mapping, read backwards."""
        return Wording(self.world)

    @cached_property
    def suffix(self) -> str:
        """What the files' names end with: as the rollout's source names them, else csv."""
        said = [*map(str, self.world.rollout.file.feed.source.values()), f".{self.world.rollout.file.feed.format}"]
        found = [match for text in said for match in re.findall(r"\.(csv|tsv|jsonl|json)(\.gz)?$", text)]
        return "".join(found[0]) if found else "csv"

    @property
    def kind(self) -> str:
        """csv, tsv, json or jsonl."""
        return self.suffix.removesuffix(".gz")

    def path(self, day: int) -> Path:
        """Where the file of a day lies."""
        return self.folder / f"{self.world.rollout.name}-{self.world.date(day).isoformat()}.{self.suffix}"

    def write(self, state: pl.DataFrame, day: int) -> Path:
        """The whole file of a day."""
        return self._written(day, self._frames(state, day))

    def write_half(self, state: pl.DataFrame, day: int) -> Path:
        """A file that broke off half way."""
        return self._written(day, self._frames(state.head(len(state) // 2), day))

    def write_empty(self, state: pl.DataFrame, day: int) -> Path:
        """A file without a row: its head alone, where the format has one."""
        return self._written(day, (frame.clear() for frame in self._frames(state.head(0), day)))

    def _frames(self, state: pl.DataFrame, day: int) -> Iterator[pl.DataFrame]:
        for first in range(0, max(1, len(state)), CHUNK):
            part = state.slice(first, CHUNK)
            yield self._columns(Dirt(self.world, day).spoil(self._fields(first, part, day)))

    def _fields(self, first: int, state: pl.DataFrame, day: int) -> pl.DataFrame:
        """One row for each listed order, one text column for each field; `place` keeps the order of rows."""
        listed = state.drop("wave", "presence_required").filter(
            (pl.col("closed") == NEVER) | (day - pl.col("closed") <= LISTED))
        decoy = pl.when(pl.col("decoy") > NEVER).then(self.wording.date(pl.col("decoy").clip(lower_bound=0)))
        earlier = self.wording.stamp(pl.col("stamp") - MINUTES_BETWEEN_MOVES * 60)
        return self._orders(first).join(listed, on="number", maintain_order="left") \
            .with_columns(**self.wording.changing(), decoy=decoy, decoy_stamp=earlier)

    def _orders(self, first: int) -> pl.DataFrame:
        """The orders of a chunk of households with all that never changes, worked out once and kept in a file."""
        path = self.folder.parent / "world" / f"{first:09d}.arrow"
        if first not in self._kept:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lasting(first).write_ipc(path)
            self._kept.add(first)
        return pl.read_ipc(path)

    def _lasting(self, first: int) -> pl.DataFrame:
        kinds = (*self.world.commodities, self.world.commodities[0])[:2]
        orders = pl.DataFrame({"order": ["1", "2"], "commodity": kinds})
        households = self.world.households(first, min(CHUNK, self.world.visits - first))
        return households.join(orders, how="cross", maintain_order="left") \
            .filter(pl.col("two_meters") | (pl.col("order") == "1")) \
            .select("number", "order", fitted="new_meter", **self.wording.lasting(),
                    place=(pl.col("number") * 2 + pl.col("order").cast(pl.Int64)) * 4)

    def _columns(self, fields: pl.DataFrame) -> pl.DataFrame:
        named: dict[str, pl.Expr] = {}
        for ours, column in self.world.rollout.file.feed.columns.items():
            for n, name in enumerate([column] if isinstance(column, str) else column):
                named.setdefault(name, (pl.lit(None, pl.String) if n else pl.col(ours)).alias(name))
        return fields.select(named.values())

    def _written(self, day: int, frames: Iterator[pl.DataFrame]) -> Path:
        path = self.path(day)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as plain:
            if not self.suffix.endswith(".gz"):
                self._write(plain, frames)
                return path
            # No name and no time in the head: the same world gives the same bytes.
            with gzip.GzipFile("", "wb", fileobj=plain, mtime=0) as packed:
                self._write(packed, frames)
        return path

    def _write(self, file: IO[bytes] | gzip.GzipFile, frames: Iterator[pl.DataFrame]) -> None:
        head, between, tail = self._brackets()
        file.write(head)
        for n, frame in enumerate(frames):
            rows = self._rows(frame, first=n == 0)
            file.write((between if n and rows else b"") + self._encoded(rows))
        file.write(tail)

    def _brackets(self) -> tuple[bytes, bytes, bytes]:
        """What stands before, between and after the rows."""
        if self.kind != "json":
            return b"", b"", b""
        records = self.world.rollout.file.feed.records
        names = records.split(".") if records else []
        return ("".join(f'{{"{name}": ' for name in names) + "[").encode(), b",\n", b"]" + b"}" * len(names)

    def _rows(self, frame: pl.DataFrame, *, first: bool) -> bytes:
        buffer = io.BytesIO()
        if self.kind in ("json", "jsonl"):
            frame.select(_nested(frame.columns)).write_ndjson(buffer)
            rows = buffer.getvalue()
            return rows if self.kind == "jsonl" else rows.rstrip(b"\n").replace(b"\n", b",\n")
        frame.write_csv(buffer, separator="\t" if self.kind == "tsv" else ",", line_terminator="\r\n",
                        include_header=first)
        return buffer.getvalue()

    def _encoded(self, rows: bytes) -> bytes:
        encoding = self.world.rollout.file.feed.encoding
        return rows if encoding == "utf-8" else rows.decode().encode(encoding, "replace")


def _nested(paths: list[str]) -> list[pl.Expr]:
    """Columns named a.b.c as objects within objects."""
    tree: dict[str, Any] = {}
    for path in paths:
        *outer, last = path.split(".")
        branch = tree
        for name in outer:
            branch = branch.setdefault(name, {})
        branch[last] = path
    return [_branch(name, below) for name, below in tree.items()]


def _branch(name: str, below: Any) -> pl.Expr:
    if isinstance(below, str):
        return pl.col(below).alias(name)
    return pl.struct([_branch(inner, leaf) for inner, leaf in below.items()]).alias(name)
