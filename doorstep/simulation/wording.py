"""The rollout's feed mapping read backwards: what the schedule's keepers would write for what we know."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from doorstep.model import Status
from doorstep.rollout import FeedShape
from doorstep.schedule.mapping import span
from doorstep.simulation.days import SLOTS
from doorstep.simulation.world import World

# A feed that has no word for a status says the next best: a refusal as a cancellation, a booking as a plan.
NEAREST = {Status.BOOKED: Status.PLANNED, Status.REFUSED: Status.CANCELLED, Status.ABORTED: Status.CANCELLED,
           Status.CANCELLED: Status.ABORTED, Status.PLANNED: Status.BOOKED}
EXCEL_FIRST = dt.date(1899, 12, 30)
CONTRACTORS = ("Harbour Metering", "Lantern Field Services")


@dataclass(frozen=True)
class Wording:
    """Each field of a feed row as the feed's own text."""

    world: World

    @property
    def shape(self) -> FeedShape:
        """The mapping that is read backwards."""
        return self.world.rollout.file.feed

    def lasting(self) -> dict[str, pl.Expr]:
        """The fields that stay the same from day to day, over an order's row of the world."""
        plain = ("premise", "account", "name", "email", "phone", "address", "town", "postcode", "area",
                 "power_off_minutes", "duration_minutes")
        return {name: pl.col(name).cast(pl.String) for name in plain} | {
            "work_order": pl.concat_str(pl.lit(self.world.prefix), "digits", "order"),
            "commodity": _worded(pl.col("commodity"), _reversed(self.shape.commodities), pl.col("commodity")),
            "old_meter": pl.col("old_meter") + pl.col("order"),
            "wave": pl.lit("W") + (pl.col("wave") + 1).cast(pl.String).str.zfill(2),
            **self._flags(), **self._people()}

    def changing(self) -> dict[str, pl.Expr]:
        """The fields that a day may change, over an order's row joined with its household's state."""
        status = pl.col("status").cast(pl.String)
        return {"status": self._status(status), "outcome": self._outcome(pl.col("outcome").cast(pl.String)),
                "new_meter": pl.when(status == Status.COMPLETED.value).then(pl.col("fitted") + pl.col("order")),
                "day": self.date(pl.col("day")), "window": self._window(),
                "window_start": _of_slot([clock(start) for start, _ in SLOTS]),
                "window_end": _of_slot([clock(end) for _, end in SLOTS]),
                "stamp": self.stamp(pl.col("stamp")), "outcome_at": self.stamp(pl.col("outcome_at"))}

    def _flags(self) -> dict[str, pl.Expr]:
        flags = ("vulnerable", "life_support", "prepaid", "presence_required")
        no = "no" if self.shape.yes and self.shape.yes[0].islower() else "N"
        said = {name: _said(name, self.shape.yes, no) for name in flags}
        return said | {"landlord": _said("landlord", self.shape.landlord, "OCCUPIER"),
                       "business": _said("business", self.shape.business, "DOM")}

    def _people(self) -> dict[str, pl.Expr]:
        draws = self.world.draws
        prefers = pl.when(draws.share("prefers") < 0.06).then(draws.pick("preference", ("sms", "email", "post")))
        return {"language": _worded(pl.col("language"), _reversed(self.shape.languages), pl.col("language")),
                "prefers": prefers, "contractor": draws.pick("contractor", CONTRACTORS),
                "lat": pl.lit("0"), "lon": pl.lit("0")}

    def date(self, day: pl.Expr) -> pl.Expr:
        """A day as the feed writes dates."""
        return pl.lit(self._dates).gather(day.cast(pl.Int64))

    @cached_property
    def _dates(self) -> pl.Series:
        days = map(self.world.date, range(len(self.world.next_working) + 20))
        return pl.Series([self.date_text(day) for day in days])

    def date_text(self, date: dt.date) -> str:
        """A date as the feed writes it."""
        pattern = self.shape.dates[0]
        if pattern == "excel":
            return str((date - EXCEL_FIRST).days)
        return dt.datetime(date.year, date.month, date.day, tzinfo=self.world.rollout.zone).strftime(pattern)

    def stamp(self, at: pl.Expr) -> pl.Expr:
        """An instant as the feed writes time stamps."""
        pattern = self.shape.stamps[0]
        if pattern in ("epoch", "epoch_ms"):
            return (at * (1 if pattern == "epoch" else 1000)).cast(pl.String)
        zone = "UTC" if pattern.endswith("Z") else self.shape.zone or self.world.rollout.file.zone
        return pl.from_epoch(at).dt.replace_time_zone("UTC").dt.convert_time_zone(zone) \
            .dt.strftime(pattern.replace("%z", "%:z"))

    @cached_property
    def said_status(self) -> dict[Status, str]:
        """For each status, the feed's first word for it or for the nearest one."""
        said = {Status(ours): word for ours, word in _reversed(self.shape.status).items()}
        for _ in NEAREST:
            said |= {ours: said[near] for ours, near in NEAREST.items() if ours not in said and near in said}
        return said

    def _status(self, status: pl.Expr) -> pl.Expr:
        return _worded(status, {ours.value: word for ours, word in self.said_status.items()})

    def _outcome(self, outcome: pl.Expr) -> pl.Expr:
        refusals = dict.fromkeys(self.shape.refusals, "refused")
        return _worded(outcome, _reversed({**self.shape.outcomes, **refusals}))

    def _window(self) -> pl.Expr:
        return _of_slot([self._window_word(start, end) for start, end in SLOTS])

    def _window_word(self, start: int, end: int) -> str:
        plain = f"{clock(start)}-{clock(end)}"
        meant = {span(times): word for word, times in self.shape.windows.items()}
        return meant.get((start, end), plain)


def clock(minutes: int) -> str:
    """480 as "08:00"."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _reversed(words: Mapping[str, str]) -> dict[str, str]:
    """Ours -> the feed's first word for it."""
    return {ours: word for word, ours in reversed(list(words.items()))}


def _worded(ours: pl.Expr, words: dict[str, str], unworded: pl.Expr | None = None) -> pl.Expr:
    if not words:
        return pl.lit(None, pl.String) if unworded is None else unworded
    said = ours.replace_strict(words, default=None, return_dtype=pl.String)
    return said if unworded is None else pl.coalesce(said, unworded)


def _of_slot(texts: list[str]) -> pl.Expr:
    # -1, no slot, looks at the last place: nothing.
    return pl.lit(pl.Series([*texts, None])).gather(pl.col("slot").cast(pl.Int64) % (len(texts) + 1))


def _said(flag: str, yes: list[str], no: str) -> pl.Expr:
    return pl.when(flag).then(pl.lit(yes[0] if yes else "1")).otherwise(pl.lit(no))
