"""What happens in a day: bookings, moves, cancellations, early installs, visits made and visits that could not be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import polars as pl

from doorstep.model import Status
from doorstep.rollout.shape import OUTCOMES
from doorstep.simulation.world import World

SLOTS = ((8 * 60, 12 * 60), (12 * 60, 16 * 60), (16 * 60, 20 * 60), (8 * 60, 20 * 60))
NEVER = -1                       # no day, no slot
LISTED = 10                      # days that a closed order stays in the feed

# The field's rates. A share for each open order and day, or for each visit made.
MOVED_PER_DAY = 0.003            # 10 to 30 % of orders move at least once in their life
WINDOW_PER_DAY = 0.001
CANCELLED_PER_DAY = 0.0005
REFUSED_PER_DAY = 0.00015
EARLY_PER_DAY = 0.003            # in the five days before the visit
MOVED_TWICE = 0.1                # of moves: corrected within minutes, so one file says both
SLIP_SHARE = 0.08                # of open orders at most, in one day of foul weather: above that a feed would be held
NO_ACCESS_TOLD, NO_ACCESS_UNTOLD, NO_ACCESS_AGAIN = 0.03, 0.14, 0.35
AT_THE_DOOR = {"technical": 0.015, "obstructed": 0.008, "unsafe": 0.004, "wrong_meter": 0.004, "by_utility": 0.004,
               "refused": 0.003}
REBOOKED = 0.85                  # of visits that could not be completed

_COLUMNS: dict[Any, Any] = {
    "number": pl.UInt32, "wave": pl.UInt8, "presence_required": pl.Boolean, "day": pl.Int16, "slot": pl.Int8,
    "status": pl.Enum([status.value for status in Status]), "outcome": pl.Enum(OUTCOMES), "outcome_at": pl.Int64,
    "attempts": pl.Int8, "stamp": pl.Int64, "closed": pl.Int16, "decoy": pl.Int16}
_OPEN = pl.col("status").is_in([Status.PLANNED.value, Status.BOOKED.value])


@dataclass(frozen=True)
class Known:
    """What customers know and want on one day: the day each was last told in time, who asked to move, and the day and slot
    that a household took on its own page."""

    told: Sequence[int]
    wishes: Iterable[int] = ()
    chosen: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def first_state(world: World) -> pl.DataFrame:
    """Every household as the first feed knows it: a few columns of small numbers, one row each."""
    return pl.concat([_first_rows(world, chunk) for chunk in world.chunks()]).rechunk()


def _first_rows(world: World, chunk: pl.DataFrame) -> pl.DataFrame:
    draws = world.draws
    booked = draws.share("booked at first") < 0.1
    has_slot = booked | (draws.share("window at first") < 0.6)
    status = pl.when(booked).then(pl.lit(Status.BOOKED.value)).otherwise(pl.lit(Status.PLANNED.value))
    return chunk.select(
        "number", "wave", "presence_required", day="first_day",
        slot=pl.when(has_slot).then(_any_slot(world)).otherwise(NEVER), status=status, outcome=None, outcome_at=None,
        attempts=0, stamp=world.at(0, 0) - draws.between("first stamp", 1, 14 * 1440) * 60, closed=NEVER,
        decoy=NEVER).cast(_COLUMNS)


def happen(world: World, state: pl.DataFrame, day: int, known: Known) -> pl.DataFrame:
    """The state that the feed of `day` tells: everything that became known since the feed before."""
    told = pl.Series("told", known.told, dtype=pl.Int16)
    wishes = pl.Series("wish", sorted(known.wishes), dtype=pl.UInt32)
    today = state.with_columns(told, wish=pl.col("number").is_in(wishes.implode()), decoy=pl.lit(NEVER, pl.Int16))
    for step in (_visits_made, _early, _booked_again, _cancelled, _refused, _slipped, _moved, _other_window, _booked):
        today = step(world, today, day)
    if known.chosen:
        today = _as_chosen(world, today, day, known.chosen)
    return today.drop("told", "wish")


def slip_day(world: World) -> int:
    """The day of foul weather, early in the middle wave."""
    days = world.waves[len(world.waves) // 2]
    return days[min(1, len(days) - 1)]


def _change(world: World, state: pl.DataFrame, day: int, who: pl.Expr, to: dict[str, Any],
            **first: pl.Expr) -> pl.DataFrame:
    """The state with these columns changed, for those `who` are meant, stamped some time of the day before. `first` are
    worked out before, for several of the new columns to speak of."""
    meant = state.filter(who)            # on most days few, and what becomes of them is worked out for them alone
    if meant.is_empty():
        return state
    new = to | {"stamp": world.at(day - 1, 9 * 60) + world.draws.between("stamp", 0, 10 * 60, day) * 60}
    changed = meant.with_columns(**first).select("number", *(
        (value if isinstance(value, pl.Expr) else pl.lit(value)).cast(_COLUMNS[name]).alias(name)
        for name, value in new.items()))
    return state.update(changed, on="number", maintain_order="left", include_nulls=True)


def _visits_made(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    # Most handhelds report the same evening, a few a day or two late.
    late = world.draws.pick("late", [0] * 97 + [1, 1, 2])
    made = _OPEN & (pl.col("day") + late < day)
    outcome = pl.col("found")
    status = pl.when(outcome.is_null()).then(pl.lit(Status.COMPLETED.value)) \
        .when(outcome == "refused").then(pl.lit(Status.REFUSED.value)).otherwise(pl.lit(Status.ABORTED.value))
    return _change(world, state, day, made, {
        "status": status, "outcome": outcome, "outcome_at": _in_the_window(world, day),
        "attempts": pl.col("attempts") + outcome.is_not_null(), "closed": day}, found=_outcome_at_the_door(world, day))


def _outcome_at_the_door(world: World, day: int) -> pl.Expr:
    luck = world.draws.share("door", day)
    limit = pl.when(pl.col("attempts") > 0).then(NO_ACCESS_AGAIN) \
        .when(pl.col("told") == pl.col("day")).then(NO_ACCESS_TOLD).otherwise(NO_ACCESS_UNTOLD)
    found = [pl.when(luck < limit).then(pl.lit("no_access"))]
    for outcome, above in zip(AT_THE_DOOR, accumulate(AT_THE_DOOR.values()), strict=True):
        found.append(pl.when(luck < limit + above).then(pl.lit(outcome)))
    return pl.coalesce(found)


def _in_the_window(world: World, day: int) -> pl.Expr:
    midnights = pl.lit(pl.Series([world.at(n, 0) for n in range(day + 1)]))
    starts = pl.lit(pl.Series([start for start, _ in SLOTS]))
    # A household without a slot has -1 here, and -1 is the last slot: all day.
    start = starts.gather(pl.col("slot").cast(pl.Int64) % len(SLOTS))
    visited = pl.col("day").clip(0, day).cast(pl.Int64)
    return midnights.gather(visited) + (start + world.draws.between("minute", 10, 230, day)) * 60


def _early(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    if not world.is_working(day - 1):
        return state
    soon = _OPEN & pl.col("day").is_between(day, day + 4)
    done_at = world.at(day - 1, 10 * 60) + world.draws.between("early minute", 0, 6 * 60, day) * 60
    return _change(world, state, day, soon & (world.draws.share("early", day) < EARLY_PER_DAY),
                   {"status": Status.COMPLETED.value, "outcome_at": done_at, "closed": day})


def _booked_again(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    draws = world.draws
    wait = draws.between("wait", 1, 3)
    again = (pl.col("status") == Status.ABORTED.value) & (day - pl.col("closed") == wait) \
        & (draws.share("booked again", day) < REBOOKED)
    return _change(world, state, day, again, {
        "status": Status.BOOKED.value, "outcome": None, "outcome_at": None, "closed": NEVER,
        "day": _working(world, day + draws.between("new day", 9, 20, day)), "slot": _any_slot(world, day)})


def _cancelled(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    whose = world.draws.pick("cancelled by", ("by_customer", "by_customer", "by_utility"), day)
    return _change(world, state, day, _ahead(day) & (world.draws.share("cancel", day) < CANCELLED_PER_DAY),
                   {"status": Status.CANCELLED.value, "outcome": whose, "outcome_at": _office_hours(world, day),
                    "closed": day})


def _refused(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    return _change(world, state, day, _ahead(day) & (world.draws.share("refuse", day) < REFUSED_PER_DAY),
                   {"status": Status.REFUSED.value, "outcome": "refused", "outcome_at": _office_hours(world, day),
                    "closed": day})


def _slipped(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    if day != slip_day(world):
        return state
    hit = _OPEN & (pl.col("wave") == len(world.waves) // 2) & pl.col("day").is_between(day, day + 4)
    most = _OPEN.sum() * SLIP_SHARE
    return _change(world, state, day, hit & (hit.cast(pl.UInt32).cum_sum() <= most),
                   {"day": _working(world, pl.col("day") + 7)})


def _moved(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    draws = world.draws
    moved = _ahead(day) & (pl.col("wish") | (draws.share("move", day) < MOVED_PER_DAY))
    # A working week or two later for most, a few days earlier for some.
    shifted = (pl.col("day") + draws.pick("shift", (5, 7, 7, 10, 14, -4), day)).clip(lower_bound=day + 4)
    twice = draws.share("twice", day) < MOVED_TWICE
    new_slot = pl.when(draws.share("new slot", day) < 0.3).then(_any_slot(world, day)).otherwise("slot")
    return _change(world, state, day, moved, {
        "day": _working(world, pl.col("shifted")), "slot": new_slot,
        "decoy": pl.when(twice).then(_working(world, pl.col("shifted") + 3)).otherwise(NEVER)}, shifted=shifted)


def _other_window(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    changed = _ahead(day) & (pl.col("slot") != NEVER) & (world.draws.share("window", day) < WINDOW_PER_DAY)
    return _change(world, state, day, changed, {"slot": (pl.col("slot") + 1) % 3})


def _booked(world: World, state: pl.DataFrame, day: int) -> pl.DataFrame:
    ready = pl.col("day") - day <= world.draws.between("books ahead", 12, 28)
    rate = pl.when("presence_required").then(0.97).otherwise(0.5)
    books = _ahead(day) & (pl.col("status") == Status.PLANNED.value) & ready & (world.draws.share("books") < rate)
    slot = pl.when(pl.col("slot") == NEVER).then(_any_slot(world)).otherwise("slot")
    return _change(world, state, day, books, {"status": Status.BOOKED.value, "slot": slot})


def _as_chosen(world: World, state: pl.DataFrame, day: int, chosen: Mapping[int, tuple[int, int]]) -> pl.DataFrame:
    """The schedule's keepers book what customers took, whatever else they had in mind for these visits."""
    taken = [pl.col("number").replace_strict({number: each[place] for number, each in chosen.items()}, default=NEVER,
                                             return_dtype=pl.Int16) for place in (0, 1)]
    return _change(world, state, day, _OPEN & (taken[0] != NEVER), {
        "day": taken[0], "slot": taken[1], "status": Status.BOOKED.value, "decoy": NEVER})


def _ahead(day: int) -> pl.Expr:
    return _OPEN & (pl.col("day") > day)


def _any_slot(world: World, day: int = 0) -> pl.Expr:
    return world.draws.pick("slot", (0, 0, 1, 1, 2, 3), day)


def _office_hours(world: World, day: int) -> pl.Expr:
    return world.at(day - 1, 9 * 60) + world.draws.between("office minute", 0, 8 * 60, day) * 60


def _working(world: World, wanted: pl.Expr) -> pl.Expr:
    following = pl.lit(pl.Series(world.next_working))
    return following.gather(wanted.clip(0, len(world.next_working) - 1).cast(pl.Int64))
