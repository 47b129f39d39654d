"""The frame: targets, statuses, percentiles, cuts, scores that are kept, and the moment asked for."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import text

from doorstep.kpis import KpiValue, measure, measures
from doorstep.kpis.score import alarming, status_of
from doorstep.kpis.shown import shown
from doorstep.kpis.table import kpi_table
from doorstep.rollout import KpiTarget
from tests.kpis.world import World, at, rollout_in

UP = KpiTarget(title="t", phase="before", direction="up", target=95, near=3, least=20, alarm=90)
DOWN = KpiTarget(title="t", phase="before", direction="down", target=2, near=1, least=20, alarm=5)


@pytest.mark.parametrize(("target", "value", "denominator", "status", "alarm"), [
    (UP, 95.0, 20, "met", False),
    (UP, 94.99, 20, "near", False),
    (UP, 92.0, 20, "near", False),
    (UP, 91.9, 20, "missed", False),
    (UP, 89.0, 20, "missed", True),
    (UP, 10.0, 19, "too_few", True),
    (UP, None, 0, "too_few", False),
    (DOWN, 2.0, 100, "met", False),
    (DOWN, 2.9, 100, "near", False),
    (DOWN, 5.1, 100, "missed", True),
    (DOWN.model_copy(update={"near": 5, "alarm": 3}), 4, 100, "missed", True),     # an alarm is never "close"
    (UP.model_copy(update={"target": 0.1 + 0.2, "alarm": None}), 0.3, 100, "met", False),         # the last digit is no miss
    (UP.model_copy(update={"target": None, "alarm": None}), 50.0, 100, "watch", False),
    (UP.model_copy(update={"direction": "watch", "alarm": None}), 50.0, 100, "watch", False),
])
def test_a_value_is_held_against_its_target(target: KpiTarget, value: float | None, denominator: int, status: str,
                                            alarm: bool) -> None:
    assert status_of(value, denominator, target) == status
    assert alarming(value, target) is alarm


def test_every_kpi_has_a_target_and_a_meaning_and_every_target_a_kpi(tmp_path: Path) -> None:
    targets = rollout_in(tmp_path / "config").targets
    assert set(measures()) == set(targets)
    assert {target.phase for target in targets.values()} == {"before", "during", "after"}
    assert all(len(measure.meaning) > 30 and measure.meaning.endswith(".") for measure in measures().values())


def test_an_empty_rollout_is_too_few_to_say(world: World) -> None:
    values = world.kpis()
    assert {value.status for value in values.values()} <= {"too_few"}
    assert all(value.denominator == 0 and value.cut == "" for value in values.values())


def test_cuts_add_up_and_can_be_left_out(world: World) -> None:
    for wave, language, told in (("W01", "en", True), ("W01", "cy", False), ("W02", "cy", True), (None, "en", False)):
        visit = world.done(home=world.home(language=language), wave=wave)
        if told:
            world.notice(visit)
    found = {name: (value.numerator, value.denominator) for name, value in world.kpis().items() if value.id == "B1"}
    assert found == {"B1": (2, 4), "B1 language=cy": (1, 2), "B1 language=en": (1, 2), "B1 wave=W01": (1, 2),
                     "B1 wave=W02": (1, 1)}
    assert [name for name in world.kpis(cuts=False) if name.startswith("B1 ")] == []
    assert {value.phase for value in world.kpis(phase="after").values()} == {"after"}


def test_a_phase_is_measured_alone_in_the_order_of_the_targets(world: World) -> None:
    values = measure(world.store, world.rollout, now=at("2027-04-01"), phase="during", record=False, cuts=False)
    assert [value.id for value in values] == [name for name, target in world.rollout.targets.items()
                                              if target.phase == "during"]


def scores(world: World) -> list[tuple[object, ...]]:
    with world.store.read() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM score ORDER BY id"))]


def test_measuring_again_changes_nothing_and_later_the_same_day_replaces(world: World) -> None:
    visit = world.done()
    world.kpis("2027-04-01 02:00", record=True)
    first = scores(world)
    world.kpis("2027-04-01 02:00", record=True)
    assert scores(world) == first
    world.notice(visit)
    world.kpis("2027-04-01 05:00", record=True)
    assert len(scores(world)) >= len(first)
    world.kpis("2027-04-02 02:00", record=True)
    with world.store.read() as connection:
        b1 = connection.execute(text("SELECT day, at, value FROM score WHERE kpi = 'B1' AND cut = '' ORDER BY at"))
        days = [tuple(row) for row in b1]
    assert days == [("2027-04-01", at("2027-04-01 05:00"), 100), ("2027-04-02", at("2027-04-02 02:00"), 100)]


def test_the_past_is_reproduced_after_later_rows_and_changes(world: World) -> None:
    visit = world.visit(since=at("2027-01-01"), created_at=at("2027-01-01"))
    world.notice(visit)
    other = world.visit(day="2027-04-20", version=2, since=at("2027-03-15"), changed_at=at("2027-03-15"))
    world.past(other, 1, "2027-04-10", "2027-01-01", "2027-03-15", "moved")
    with world.store.read() as connection:
        row = connection.execute(text("SELECT status, version, since FROM visit WHERE id = 1")).one()
    assert row == ("planned", 1, at("2027-01-01"))
    then = world.kpis("2027-03-01 02:00")
    with world.store.write() as connection:            # the visit is done, its version goes to the past
        connection.execute(text("UPDATE visit SET status='completed', version=2, since=:s, outcome_at=:s WHERE id = 1"),
                           {"s": at("2027-03-09 10:00")})
    world.past(visit, 1, "2027-03-09", "2027-01-01", "2027-03-09 10:00", "completed")
    world.notice(visit, "meter-fitted", sent="2027-03-09 10:05", heard="2027-03-09 10:06", told=None, occasion="c")
    world.notice(world.done("2027-03-12 10:00", created_at=at("2027-03-05")), sent="2027-03-06 09:00", heard=None)
    assert world.kpis("2027-03-01 02:00") == then
    assert world.counts("B1") == (1, 2)


def test_small_numbers_do_not_pass_judgement(world: World) -> None:
    for _ in range(19):
        world.notice(world.done())
    assert world.kpis(cuts=False)["B1"].status == "too_few"
    world.notice(world.done())
    assert world.kpis(cuts=False)["B1"].status == "met"


@pytest.mark.parametrize(("number", "target", "unit", "direction", "value", "aim"), [
    (97.44, 98, "%", "up", "97.4%", "≥ 98%"),
    (99.96, 100, "%", "up", "99.96%", "100%"),        # never rounded onto the target
    (99.996, 100, "%", "up", "99.996%", "100%"),
    (100, 100, "%", "up", "100%", "100%"),
    (0.0213, 0.1, "%", "down", "0.02%", "≤ 0.1%"),
    (0.102, 0.1, "%", "down", "0.102%", "≤ 0.1%"),
    (14, 14, "days", "up", "14 days", "≥ 14 days"),
    (1234.5, None, "minutes", "down", "1,234.5 min", "–"),
    (0, 0, "%", "down", "0%", "0%"),
    (1.382, None, "money", "watch", "GBP 1.38", "–"),
    (None, 5, "count", "down", "–", "≤ 5"),
])
def test_figures_are_shown_honestly(number: float | None, target: float | None, unit: str, direction: str, value: str,
                                    aim: str) -> None:
    kpi = KpiValue("K", "before", "t", number, 0, 0, target, "met", unit, direction)
    assert (shown(kpi, currency="GBP"), shown(kpi, target=True, currency="GBP")) == (value, aim)


def test_the_table_shows_each_kpi_once(world: World) -> None:
    world.notice(world.done())
    console = Console(width=160, file=StringIO(), record=True)
    console.print(kpi_table(list(world.kpis().values())))
    printed = console.export_text()
    assert printed.count("Told before the meter was fitted") == 1
    assert "1 / 1" in printed and "too few to say" in printed and "wave=" not in printed
