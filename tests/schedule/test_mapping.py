"""The mapping is configuration: a mistake in it is one sentence with file and key, not a thousand refused rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from doorstep.errors import ConfigError
from doorstep.model import Feed, WorkOrder
from doorstep.rollout import load_rollout
from doorstep.rollout.shape import FIELDS
from doorstep.schedule import pull
from doorstep.schedule.mapping import read_rules
from doorstep.settings import CHECKOUT, Settings
from doorstep.store import open_store
from tests.schedule.world import COLUMNS, FEED, PLAIN, World, later


def test_a_required_field_that_is_not_mapped_is_named(tmp_path: Path) -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "day"}
    with pytest.raises(ValueError, match=r"columns\.day is missing"):
        World(tmp_path, columns=columns)


def test_a_mapped_column_that_the_file_lacks_stops_the_pull_in_one_sentence(world: World) -> None:
    path = world.folder / "odd.csv"
    path.write_text("WO,PREMISE,ACCT,INSTALL DATE,STATUS,UPDATED\nW1,P1,A1,2027-03-09,PLANNED,2027-01-04T02:00:00Z\n")
    with pytest.raises(ConfigError) as caught:
        world.take(path)
    [sentence] = caught.value.faults
    assert sentence.startswith('config/rollouts/northwick.toml: feed.columns.name is mapped to "NAME"')
    assert 'feed.columns.day is mapped to "DATE"' in sentence and "odd.csv" in sentence and "INSTALL DATE" in sentence
    assert not world.all(Feed) and not world.all(WorkOrder)


def test_a_window_that_is_none_is_named(tmp_path: Path) -> None:
    world = World(tmp_path, windows={"AM": "morning"})
    with pytest.raises(ConfigError, match=r'northwick\.toml: feed\.windows\."AM": "morning" is not a window; write "08:00'):
        world.pull(PLAIN)


@pytest.mark.parametrize(("written", "format_"), [
    ("09.03.2027", "%d.%m.%Y"), ("2027-03-09T22:30:00", "%Y-%m-%dT%H:%M:%S"), ("46455", "excel"), ("46455.0", "excel"),
    ("2027-03-08T23:30:00-05:00", "%Y-%m-%dT%H:%M:%S%z")])
def test_dates_are_written_as_the_rollout_says(tmp_path: Path, written: str, format_: str) -> None:
    world = World(tmp_path, dates=["%Y-%m-%d", format_])
    world.pull(PLAIN | {"DATE": written})
    assert world.visits("day") == [("2027-03-09",)]


@pytest.mark.parametrize(("written", "format_"), [("1799028000", "epoch"), ("1799028000000", "epoch_ms"),
                                                  ("04/01/2027 02:00", "%d/%m/%Y %H:%M")])
def test_stamps_are_written_as_the_rollout_says(tmp_path: Path, written: str, format_: str) -> None:
    world = World(tmp_path, stamps=[format_])
    world.pull(PLAIN | {"UPDATED": written})
    assert world.all(WorkOrder)[0]["stamp"] == 1799028000


def test_several_columns_make_one_field(tmp_path: Path) -> None:
    world = World(tmp_path, columns=COLUMNS | {"address": ["FLAT", "STREET"], "phone": ["HOME", "PHONE"], "town": ["T1", "T2"]})
    world.pull(PLAIN | {"FLAT": "Flat 2", "STREET": "1 Mill Road", "HOME": "none", "T1": "", "T2": "Ely"})
    world.pull(later(PLAIN, FLAT="", STREET="1 Mill Road", HOME="", T1="Ely", T2="Bath"))
    customer = world.customer()
    assert (customer["address"], customer["phone"], customer["town"]) == ("1 Mill Road", "+447400309661", "Ely")


def test_a_constant_stands_for_a_column(tmp_path: Path) -> None:
    columns = {name: column for name, column in COLUMNS.items() if name not in ("commodity", "landlord")}
    world = World(tmp_path, columns=columns, constants={"commodity": "GAS", "landlord": "Y"})
    world.pull(PLAIN)
    assert world.visits("commodities") == [("gas",)] and world.customer()["landlord"] == 1


def test_a_changed_mapping_is_applied_to_rows_that_did_not_change(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.pull(PLAIN)
    world.rollout = World(tmp_path, windows={"AM": "07:00-11:00"}).rollout
    report = world.pull(PLAIN, name="the same again but for a space .csv")
    assert world.visits("window_start") == [(480,)] and report.state == "same"
    report = world.pull(PLAIN, PLAIN | {"WO": "W2"})
    assert world.visits("window_start") == [(420,)] and report.changed["other"] == 1
    world.rollout = World(tmp_path, windows={"AM": "07:00-11:00", "NIGHT": "20:00-23:00"}).rollout
    report = world.pull(PLAIN, PLAIN | {"WO": "W2"}, PLAIN | {"WO": "W3"})
    assert (report.unchanged, report.changed["new"]) == (2, 1)


def test_json_paths_are_columns(tmp_path: Path) -> None:
    columns = {"work_order": "id", "premise": "at.premise", "account": "who.account", "name": "who.name", "day": "date",
               "status": "status", "stamp": "at.changed", "email": "who.email"}
    world = World(tmp_path, columns=columns, format="jsonl")
    row = {"id": "W1", "at": {"premise": "P1", "changed": "2027-01-04T02:00:00Z"}, "who": {"account": "A1", "name": "لمى"},
           "date": "2027-03-09", "status": "PLANNED"}
    path = tmp_path / "feed.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert world.take(path).taken == 1 and world.customer()["name"] == "لمى"


def test_a_json_feed_that_lacks_a_required_path_stops_the_pull(tmp_path: Path) -> None:
    world = World(tmp_path, columns=COLUMNS | {"day": "visit.date"}, format="jsonl")
    path = tmp_path / "feed.jsonl"
    path.write_text((json.dumps(PLAIN) + "\n") * 20)
    with pytest.raises(ConfigError, match=r'feed\.columns\.day is mapped to "visit\.date", but feed\.jsonl has no such column'):
        world.take(path)


@pytest.mark.parametrize("name", ["northwick", "kampala", "riyadh"])
def test_the_rollouts_that_ship_take_their_samples(name: str, tmp_path: Path) -> None:
    rollout = load_rollout(CHECKOUT / "config", name)
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'd.db'}")
    [sample] = (CHECKOUT / "tests" / "samples" / name).iterdir()
    [report] = pull(open_store(settings), rollout, settings=settings, now=1799042400, file=sample)
    told = json.loads(json.dumps(report.as_json()))
    expected: dict[str, Any] = {
        "northwick": (9, 5, {"date_missing": 1, "status_unknown": 1, "work_order_missing": 1},
                      {"email_invalid": 1, "phone_invalid": 1}, 1),
        "kampala": (7, 5, {"date_out_of_range": 1}, {"phone_invalid": 1}, 1),
        "riyadh": (6, 5, {"date_unreadable": 1}, {"name_cleaned": 1, "language_unknown": 1}, 0)}
    assert (told["rows"], told["taken"], told["refused"], told["warned"], told["superseded"]) == expected[name]


@pytest.mark.parametrize("name", ["northwick", "kampala", "riyadh"])
def test_the_rollouts_that_ship_speak_all_their_languages(name: str) -> None:
    rollout = load_rollout(CHECKOUT / "config", name)
    assert all(set(rollout.chain(language)) & {"en", "ar"} for language in rollout.file.languages)
    assert read_rules(rollout, now=1799042400).region == rollout.file.country


def test_every_field_of_a_rollout_file_is_one_that_checking_knows() -> None:
    from doorstep.schedule.checking import TEXTS

    assert set(FIELDS) <= set(TEXTS) and set(FEED["columns"]) <= set(FIELDS)
