"""What happens in a day, at the rates that the field knows."""

from functools import lru_cache

import polars as pl
import pytest

from doorstep.simulation.days import SLIP_SHARE, Known, first_state, happen, slip_day
from doorstep.simulation.world import World
from tests.simulation.places import world_of

CLOSED = ["completed", "aborted", "cancelled", "refused"]


def lived(world: World, *, told: bool = True) -> list[pl.DataFrame]:
    """The state of every day of a world whose customers know their day, or do not."""
    states = [first_state(world)]
    for day in range(1, world.days):
        known = states[-1]["day"].to_list() if told else [-1] * world.visits
        states.append(happen(world, states[-1], day, Known(known)))
    return states


@lru_cache(maxsize=1)
def a_life() -> tuple[World, list[pl.DataFrame]]:
    """Four thousand households' seventy-five days."""
    world = world_of(visits=4000)
    return world, lived(world)


def test_the_same_world_lives_the_same_life() -> None:
    world, states = a_life()
    again = first_state(world)
    for day in range(1, 4):
        again = happen(world, again, day, Known(again["day"].to_list()))
    assert again.equals(states[3])


def test_every_visit_comes_to_an_end_or_is_still_ahead() -> None:
    world, states = a_life()
    last = states[-1]
    open_ = last.filter(~pl.col("status").is_in(CLOSED))
    assert (open_["day"] >= world.days - 4).all()          # some reports come a day or two late
    assert last["status"].is_in(["completed"]).mean() > 0.8  # type: ignore[operator]


@pytest.mark.parametrize(("what", "low", "high"), [
    ("moved", 0.10, 0.30), ("cancelled", 0.015, 0.04), ("refused", 0.003, 0.02), ("tried in vain", 0.05, 0.15)])
def test_the_rates_are_the_fields(what: str, low: float, high: float) -> None:
    _, states = a_life()
    first, last = states[0], states[-1]
    shares = {
        "moved": (pl.concat([state["day"].ne(first["day"]).alias(str(n)).to_frame() for n, state in enumerate(states)],
                            how="horizontal").max_horizontal() & (last["attempts"] == 0)).mean(),
        "cancelled": (last["status"] == "cancelled").mean(), "refused": (last["status"] == "refused").mean(),
        "tried in vain": (last["attempts"] > 0).mean()}
    assert low < shares[what] < high  # type: ignore[operator]


def first_attempts_without_access(states: list[pl.DataFrame]) -> int:
    """Households that nobody let in at the first attempt."""
    met = [state.filter((pl.col("attempts") == 1) & (pl.col("outcome") == "no_access"))["number"] for state in states]
    return pl.concat(met).n_unique()


def test_those_who_were_told_are_at_home_more_often() -> None:
    _, states = a_life()
    untold = lived(world_of(visits=1000), told=False)
    assert first_attempts_without_access(states) / 4000 < 0.06 < first_attempts_without_access(untold) / 1000


def test_nobody_is_visited_on_a_day_off() -> None:
    world, states = a_life()
    done = states[-1].filter(pl.col("status") == "completed")
    days = {world.day_of(str(day)) for day in pl.from_epoch(done["outcome_at"]).dt.date().unique()}
    assert all(world.is_working(day) for day in days)


def test_news_is_stamped_before_the_feed_that_brings_it_and_after_the_news_before() -> None:
    world, states = a_life()
    for day in range(1, world.days):
        before, after = states[day - 1], states[day]
        changed = after["stamp"] != before["stamp"]
        assert (after["stamp"].filter(changed) < world.at(day, 0)).all()
        assert (after["stamp"].filter(changed) > before["stamp"].filter(changed)).all()
        same = after.filter(~changed).drop("decoy").equals(before.filter(~changed).drop("decoy"))
        assert same, f"something changed on day {day} without a new stamp"


def test_foul_weather_slips_one_wave_but_not_so_many_that_the_feed_would_be_held() -> None:
    world, states = a_life()
    day = slip_day(world)
    before, after = states[day - 1], states[day]
    slipped = (after["day"] - before["day"] >= 7) & (before["wave"] == 1)
    open_ = (~before["status"].is_in(CLOSED)).sum()
    assert 0.05 * open_ < slipped.sum() <= 1.2 * SLIP_SHARE * open_


def test_some_are_fitted_early() -> None:
    world, states = a_life()
    done = states[-1].filter(pl.col("status") == "completed")
    early = pl.from_epoch(done["outcome_at"]).dt.date() < pl.Series([world.date(day) for day in done["day"]])
    assert 0.002 < early.mean() < 0.03  # type: ignore[operator]


def test_a_customer_who_asks_to_move_gets_another_day() -> None:
    world = world_of()
    state = first_state(world)
    after = happen(world, state, 1, Known(state["day"].to_list(), wishes=[5, 9]))
    assert after["day"][5] != state["day"][5] and after["day"][9] != state["day"][9]
