"""What is wrong in a feed: the faults that real schedules have, few of each, never the same rows twice running."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from doorstep.simulation.wording import Wording
from doorstep.simulation.world import World

# Of the rows of one file. The first file is the worst: nobody has looked at it yet.
FIRST, LATER = 0.004, 0.0006


@dataclass(frozen=True)
class Dirt:
    """The faults of one day's file."""

    world: World
    day: int

    @property
    def rate(self) -> float:
        """The share of rows that get each fault."""
        return LATER if self.day else FIRST

    def spoil(self, fields: pl.DataFrame) -> pl.DataFrame:
        """The rows (one column per field, all text, and `number`) with this day's faults in them."""
        return pl.concat([fields.with_columns(**self._damaged(fields)), self._said_twice(fields),
                          self._older_versions(fields)]).sort("place", maintain_order=True)

    def _damaged(self, fields: pl.DataFrame) -> dict[str, pl.Expr]:
        faults = {"work_order": self._hit("no work order", pl.lit(""), "work_order"),
                  "status": self._hit("strange status", pl.lit("ZZZ"), "status"), "day": self._bad_day()}
        for name in ("name", "address"):
            if name in fields.columns:
                faults[name] = self._hit(f"spaces in {name}", pl.concat_str(pl.lit("  "), name, pl.lit(" \t")), name)
        return faults

    def _bad_day(self) -> pl.Expr:
        draws, said = self.world.draws, Wording(self.world).date_text
        never = [said(dt.date(1900, 1, 1)), said(dt.date(9999, 12, 31))]
        unreadable = ["soon", "N/A", said(dt.date(2027, 2, 28)).replace("28", "31")]
        bad = draws.pick("bad day", ["", *never, *unreadable], self.day, "place")
        return pl.when(draws.share("has bad day", self.day, "place") < 4 * self.rate).then(bad).otherwise("day")

    def _hit(self, fault: str, said: pl.Expr, otherwise: str) -> pl.Expr:
        return pl.when(self._chosen(fault)).then(said).otherwise(otherwise)

    def _chosen(self, fault: str) -> pl.Expr:
        return self.world.draws.share(fault, self.day, "place") < self.rate

    def _said_twice(self, fields: pl.DataFrame) -> pl.DataFrame:
        return fields.filter(self._chosen("said twice"))

    def _older_versions(self, fields: pl.DataFrame) -> pl.DataFrame:
        """What was said some minutes before the second of two moves; it may stand below the newer row."""
        older = fields.filter(pl.col("decoy").is_not_null())
        return older.with_columns(day="decoy", stamp="decoy_stamp",
                                  place=pl.col("place") + pl.col("place") % 2 * 2 - 1)
