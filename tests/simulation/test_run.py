"""A whole rollout in fast time: it ends in KPIs, it is the same twice, and it never touches what is not its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from doorstep.errors import UsageError
from doorstep.settings import Settings
from doorstep.simulation.days import slip_day
from doorstep.simulation.run import ENOUGH, MARK, DemoResult, Moment, bad_days, fresh_folder, played, run_demo
from tests.simulation.places import rollout_of, world_of

FEW = {"visits": 12, "days": 2, "seed": 5}


@pytest.fixture(scope="module")
def told() -> list[Moment]:
    """What the demo said while it ran."""
    return []


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, told: list[Moment]) -> DemoResult:
    """A demo of a few visits and days."""
    out = tmp_path_factory.mktemp("demo")
    return run_demo(Settings(), **FEW, out=out, rollout_name="northwick", progress=told.append)


def test_the_result_speaks_the_contract(result: DemoResult) -> None:
    said = result.as_json()
    assert list(said) == ["visits", "notices", "kpis", "report"]
    assert list(said["notices"]) == ["due", "sent", "held", "void", "missed", "failed", "unknown"]
    assert set(said["kpis"][0]) == {"id", "phase", "value", "numerator", "denominator", "target", "status"}
    assert json.loads(json.dumps(said)) == said


def test_every_notice_is_accounted_for_and_some_were_sent(result: DemoResult) -> None:
    due, *became = result.notices.values()
    assert due == sum(became) and result.notices["sent"] > 0


def test_every_message_sent_is_a_file(result: DemoResult) -> None:
    files = [path for path in result.outbox.glob("*/*") if path.is_file()]
    assert len(files) == result.notices["sent"]


def test_the_report_is_there(result: DemoResult) -> None:
    assert result.report.is_file()


def test_each_kpi_stands_once_and_for_everyone(result: DemoResult) -> None:
    names = [kpi.id for kpi in result.kpis]
    assert names and len(names) == len(set(names)) and not any(kpi.cut for kpi in result.kpis)


def test_it_says_how_far_it_is(told: list[Moment], result: DemoResult) -> None:
    days = [moment.day for moment in told]
    assert days == sorted(days) and set(days) == {1, 2}
    assert {moment.doing for moment in told} >= {"writing the feed", "pulling", "telling customers", "measuring"}


def test_another_process_with_another_hash_seed_gets_the_same(result: DemoResult) -> None:
    home = result.report.parent
    feeds = {path.name: path.read_bytes() for path in (home / "feeds").glob("*.*")}
    program = ("import json, sys; from pathlib import Path; from doorstep.settings import Settings;"
               "from doorstep.simulation.run import run_demo;"
               f"said = run_demo(Settings(), **{FEW}, out=Path(sys.argv[1]), rollout_name='northwick').as_json();"
               "print(json.dumps(said))")
    again = subprocess.run([sys.executable, "-c", program, str(home)], capture_output=True, text=True, check=True,
                           env={"PYTHONHASHSEED": "4711", "PATH": ""})
    assert json.loads(again.stdout) == result.as_json()
    assert {path.name: path.read_bytes() for path in (home / "feeds").glob("*.*")} == feeds


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    with pytest.raises(UsageError, match="no demo made"):
        fresh_folder(tmp_path)
    assert (tmp_path / "outbox").is_dir()


def test_what_an_earlier_demo_left_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    home = fresh_folder(tmp_path / "new")
    for name in ("feeds/old.csv", "outbox/email/1.eml", "notes.txt"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    (home / "doorstep.db").touch()
    fresh_folder(home)
    assert sorted(path.name for path in home.iterdir()) == [MARK, "notes.txt"]


def test_a_workbook_is_played_as_csv() -> None:
    assert played(rollout_of("harbour", format="xlsx")).file.feed.format == "csv"


@pytest.mark.parametrize("days", [15, 30, 46, 75, 200])
def test_the_broken_files_come_on_two_days_clear_of_the_weather_slip(days: int) -> None:
    world = world_of(days=days)
    empty, half = bad_days(world)
    assert abs(empty - slip_day(world)) > 1 and abs(half - slip_day(world)) > 1 and empty != half


@pytest.mark.parametrize(("visits", "days", "broken"), [(300, 14, 0), (ENOUGH - 1, 75, 1), (ENOUGH, 75, 2)])
def test_a_short_or_small_world_has_fewer_broken_files(visits: int, days: int, broken: int) -> None:
    assert len(bad_days(world_of(visits=visits, days=days))) == broken
