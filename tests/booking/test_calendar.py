"""The slot calendar: files that a person writes, and the command that takes them."""

import json
import os
from pathlib import Path

import pytest

from doorstep.booking.calendar import SlotReport, calendar_faults, read_slots
from doorstep.errors import ConfigError, FeedError, Permanent, UsageError
from doorstep.model import CalendarSlot, Journal
from doorstep.schedule import pull
from tests.booking.world import ROW, World
from tests.schedule.feeds import put

HEAD = "area,day,window,capacity\n"
GOOD = HEAD + "*,2027-03-16,08:00-12:00,4\nHarbour,2027-03-16,AM,2\n"


def take(world: World, text: str, name: str = "slots.csv") -> SlotReport:
    return read_slots(world.store, world.rollout, world.settings, now=world.now, file=put(world.folder, name, text))[0]


def slots(world: World) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in ("area", "day", "window_start", "window_end", "capacity", "taken"))
            for row in world.all(CalendarSlot)]


def test_a_line_is_a_slot_and_a_window_may_be_a_word_of_the_feed(world: World) -> None:
    report = take(world, GOOD)
    assert (report.rows, report.added, report.changed, report.unchanged, report.faults) == (2, 2, 0, 0, [])
    assert slots(world) == [("*", "2027-03-16", 480, 720, 4, 0), ("Harbour", "2027-03-16", 480, 720, 2, 0)]


def test_the_same_file_again_changes_nothing(world: World) -> None:
    take(world, GOOD)
    before = world.all(CalendarSlot), world.all(Journal)
    world.day += 1
    report = take(world, GOOD, "again.csv")
    assert (report.added, report.changed, report.unchanged) == (0, 0, 2)
    assert (world.all(CalendarSlot), world.all(Journal)) == before


def test_a_smaller_capacity_keeps_what_is_taken(world: World) -> None:
    take(world, HEAD + "*,2027-03-16,AM,2\n")
    world.pull(ROW, *(ROW | {"WO": f"S{n}", "PREMISE": f"S{n}", "ACCT": f"S{n}"} for n in (1, 2)))
    for visit in (1, 2):
        world.move(1, visit)
    assert take(world, HEAD + "*,2027-03-16,AM,1\n").changed == 1
    assert slots(world) == [("*", "2027-03-16", 480, 720, 1, 2)] and world.taken() == [2]
    assert world.move(1, 3) == ("taken",)
    assert world.visits("day") == [("2027-03-16",), ("2027-03-16",), ("2027-03-09",)]


@pytest.mark.parametrize(("line", "sentence"), [
    (",2027-03-16,AM,4", 'there is no area; write "*" for a slot that serves every area'),
    ("*,soon,AM,4", "the day cannot be read; write it like 2027-03-09"),
    ("*,2027-02-30,AM,4", "the day cannot be read; write it like 2027-03-09"),
    ("*,2027-03-16,early,4", "the window cannot be read; write it like 08:00-12:00, or as a word of feed.windows"),
    ("*,2027-03-16,TBC,4", "the window cannot be read; write it like 08:00-12:00, or as a word of feed.windows"),
    ("*,2027-03-16,AM,-1", "the capacity cannot be read; write how many visits fit, as a number from 0"),
    ("*,2027-03-16,AM,", "the capacity cannot be read; write how many visits fit, as a number from 0"),
    ("*,2027-03-16,AM,20000", "the capacity 20000 is too large; at most 10,000 visits fit into a window"),
    ("*,16/03/2027,08:00-12:00,5", "line 2 says another capacity of the same slot; keep one of them")])
def test_a_bad_line_is_named_and_the_others_are_taken(world: World, line: str, sentence: str) -> None:
    report = take(world, GOOD + line + "\n*,2027-03-17,PM,1\n")
    assert report.faults == [f"slots.csv: line 4: {sentence}"] and report.added == 3


def test_a_file_without_its_columns_is_no_file_of_slots(world: World) -> None:
    with pytest.raises(FeedError, match='the column "capacity" is missing; a file of slots has area, day, window, cap'):
        take(world, "area,day,window\n*,2027-03-16,AM\n")


def test_the_nightly_run_takes_each_file_once_oldest_first(world: World) -> None:
    folder = world.folder / "slots"
    folder.mkdir()
    world.rollout = World(world.folder, booking={"calendar": {"kind": "folder", "path": str(folder), "pattern": "*.csv"}}).rollout
    put(folder, "slots-2027-03-02.csv", HEAD + "*,2027-03-16,AM,2\n")
    put(folder, "slots-2027-03-01.csv", HEAD + "*,2027-03-16,AM,9\n")

    def night() -> list[str]:
        return [each.file for each in read_slots(world.store, world.rollout, world.settings, now=world.now)]

    assert night() == ["slots-2027-03-01.csv", "slots-2027-03-02.csv"] and slots(world)[0][4] == 2
    assert night() == []
    put(folder, "slots-2027-03-02.csv", HEAD + "*,2027-03-16,AM,3\n")
    os.utime(folder / "slots-2027-03-02.csv", (1, 1))
    assert night() == ["slots-2027-03-02.csv"] and slots(world)[0][4] == 3


def test_a_folder_may_hold_schedules_and_slots(world: World) -> None:
    source = {"kind": "folder", "path": str(world.folder / "both"), "pattern": "*.csv"}
    (world.folder / "both").mkdir()
    both = World(world.folder, booking={"calendar": source})
    world.file(ROW, name="both/schedule.csv")
    with pytest.raises(FeedError):
        read_slots(both.store, both.rollout, both.settings, now=both.now)
    feed = both.rollout.file.feed.model_copy(update={"source": source})
    object.__setattr__(both.rollout, "file", both.rollout.file.model_copy(update={"feed": feed}))
    assert [each.taken for each in pull(both.store, both.rollout, settings=both.settings, now=both.now)] == [1]


def test_a_wrong_source_is_named_by_its_own_key(world: World) -> None:
    world.rollout = World(world.folder, booking={"calendar": {"kind": "fax"}}).rollout
    assert calendar_faults(world.rollout)[0].startswith(': booking.calendar.kind: "fax" is not a kind of source')
    with pytest.raises(ConfigError, match=r"booking\.calendar\.kind"):
        read_slots(world.store, world.rollout, world.settings, now=world.now)
    world.rollout = World(world.folder, booking={"calendar": {"kind": "folder", "path": str(world.folder / "none")}}).rollout
    with pytest.raises(Permanent, match=r"booking\.calendar\.path"):
        read_slots(world.store, world.rollout, world.settings, now=world.now)
    with pytest.raises(UsageError, match="there is no such file of slots"):
        read_slots(world.store, world.rollout, world.settings, now=world.now, file=Path("none.csv"))


def test_the_command_says_what_it_took_and_what_it_could_not(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from doorstep.cli import main
    monkeypatch.setenv("DOORSTEP_HOME", str(tmp_path))
    put(tmp_path, "slots.csv", HEAD + "*,2027-03-16,08:00-12:00,4\n*,soon,08:00-12:00,4\n")
    monkeypatch.setattr("sys.argv", ["doorstep", "slots", "northwick", "--file", str(tmp_path / "slots.csv"), "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    [report] = json.loads(said.out)["files"]
    assert end.value.code == 1 and (report["added"], report["rows"]) == (1, 2)
    assert "slots.csv: line 3: the day cannot be read" in said.err
