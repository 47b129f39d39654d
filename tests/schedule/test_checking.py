"""Which rows are taken, which are refused and why, and what is left out of a taken row with a warning."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorstep.model import Refused, WorkOrder
from doorstep.schedule import refused_rows
from doorstep.schedule.mapping import span
from tests.schedule.world import COLUMNS, PLAIN, World, many


@pytest.mark.parametrize(("changes", "reason", "detail"), [
    ({"WO": ""}, "work_order_missing", "2027-03-09"), ({"DATE": ""}, "date_missing", ""),
    ({"DATE": "soon"}, "date_unreadable", "soon"), ({"DATE": "31/02/2027"}, "date_unreadable", "31/02/2027"),
    ({"DATE": "1900-01-01"}, "date_out_of_range", "1900-01-01"), ({"DATE": "09/03/27"}, "date_out_of_range", "09/03/27"),
    ({"DATE": "9999-12-31"}, "date_out_of_range", "9999-12-31"), ({"DATE": "2032-02-01"}, "date_out_of_range", "2032-02-01"),
    ({"STATUS": "ZZZ"}, "status_unknown", "ZZZ"), ({"STATUS": ""}, "status_unknown", "")])
def test_a_row_is_refused_with_its_reason_and_kept_whole(world: World, changes: dict[str, str], reason: str,
                                                         detail: str) -> None:
    report = world.pull(PLAIN | {"WO": "W0", "ACCT": "A0"}, PLAIN | changes)
    assert (report.rows, report.taken, dict(report.refused)) == (2, 1, {reason: 1})
    [kept] = world.all(Refused)
    assert (kept["line"], kept["reason"], kept["detail"]) == (3, reason, detail)
    [row] = refused_rows(world.store, "northwick")
    assert {name: row[name] or "" for name in PLAIN} == PLAIN | changes
    assert (row["doorstep_line"], row["doorstep_reason"]) == (3, reason)


@pytest.mark.parametrize("day", ["2027-03-09", "09/03/2027", "2000-01-01", "2031-12-30"])
def test_a_date_is_taken_in_any_of_the_formats_of_the_rollout(world: World, day: str) -> None:
    assert world.pull(PLAIN | {"DATE": day}).taken == 1


@pytest.mark.parametrize("status", ["booked", "Booked", " BOOKED "])
def test_a_status_word_is_known_in_any_case(world: World, status: str) -> None:
    world.pull(PLAIN | {"STATUS": status})
    assert world.visits("status") == [("booked",)]


def test_a_row_that_cannot_be_split_is_refused_and_the_rest_is_taken(world: World) -> None:
    path = world.file(*many(2))
    first, *others = path.read_text().splitlines(keepends=True)
    path.write_text(first + others[0] + others[1].replace("\n", ",one,too,many\n") + others[0].replace("W0", "W9"))
    report = world.take(path)
    assert (report.rows, report.taken, dict(report.refused)) == (3, 2, {"row_broken": 1})


@pytest.mark.parametrize(("changes", "warning", "field", "left"), [
    ({"EMAIL": "n/a"}, "email_invalid", "email", None), ({"EMAIL": "a@b@example.com"}, "email_invalid", "email", None),
    ({"EMAIL": "zoë@example.com"}, "email_invalid", "email", None), ({"EMAIL": "a@host.local"}, "email_invalid", "email", None),
    ({"PHONE": "12345"}, "phone_invalid", "phone", None), ({"PHONE": "unknown"}, "phone_invalid", "phone", None),
    ({"LANG": "tlh"}, "language_unknown", "language", "en"), ({"LAT": "0", "LON": "0.0"}, "location_zero", "lat", None),
    ({"NAME": "Ms\u202e Jones"}, "name_cleaned", "name", "Ms Jones"), ({"NAME": "Ms\tJones"}, "name_cleaned", "name", "Ms Jones"),
    ({"NAME": "<b>Ms</b> Jones"}, "name_cleaned", "name", "Ms Jones"),
    ({"NAME": "Ms Jo\U000e0041nes"}, "name_cleaned", "name", "Ms Jones"), ({"NAME": "\u202e"}, "name_cleaned", "name", None)])
def test_a_bad_part_is_left_out_with_a_warning(world: World, changes: dict[str, str], warning: str, field: str,
                                               left: str | None) -> None:
    report = world.pull(PLAIN | changes)
    assert (report.taken, dict(report.warned)) == (1, {warning: 1})
    assert world.customer()[field] == left


@pytest.mark.parametrize(("changes", "field", "value"), [
    ({"EMAIL": ""}, "email", None), ({"EMAIL": "Carys.Jones@Example.COM"}, "email", "Carys.Jones@example.com"),
    ({"PHONE": ""}, "phone", None), ({"PHONE": "07400 309661"}, "phone", "+447400309661"),
    ({"PHONE": "0044 (0)7400-309661"}, "phone", "+447400309661"), ({"PHONE": "12345 / 07400309661"}, "phone", "+447400309661"),
    ({"PHONE": "٠٧٤٠٠٣٠٩٦٦١"}, "phone", "+447400309661"), ({"PHONE": "+256752709309"}, "phone", "+256752709309"),
    ({"LANG": ""}, "language", "en"), ({"LANG": "AR"}, "language", "ar"), ({"NAME": "THE OCCUPIER"}, "name", None),
    ({"NAME": "e\u0301a"}, "name", "\u00e9a"), ({"NAME": "تاج الدّين"}, "name", "تاج الدّين"),
    ({"NAME": "می\u200cخواهم"}, "name", "می\u200cخواهم"), ({"NAME": "O'Brien-Jones"}, "name", "O'Brien-Jones"),
    ({"LAT": "51.5", "LON": "-0.12"}, "lat", 51.5), ({"LAT": "0", "LON": "32.6"}, "lat", 0.0),
    ({"LAT": "511", "LON": "2"}, "lat", None), ({"TENURE": "LANDLORD"}, "landlord", 1), ({"TENURE": "OCCUPIER"}, "landlord", 0),
    ({"PSR": "y"}, "vulnerable", 1), ({"PSR": "N"}, "vulnerable", 0)])
def test_what_is_right_is_taken_without_a_warning(world: World, changes: dict[str, str], field: str, value: object) -> None:
    report = world.pull(PLAIN | changes)
    assert (report.taken, dict(report.warned)) == (1, {})
    assert world.customer()[field] == value


@pytest.mark.parametrize(("word", "window", "warned"), [
    ("AM", (480, 720), 0), ("am", (480, 720), 0), ("16:00-20:00", (960, 1200), 0), ("8:00 to 24:00", (480, 1440), 0),
    ("", (None, None), 0), ("TBC", (None, None), 0), ("tea time", (None, None), 1), ("20:00-16:00", (None, None), 1),
    ("16:00-25:00", (None, None), 1)])
def test_a_window_is_a_word_of_the_rollout_or_two_times(world: World, word: str, window: tuple[int, int], warned: int) -> None:
    report = world.pull(PLAIN | {"SLOT": word})
    assert world.visits("window_start", "window_end") == [window]
    assert report.warned.get("window_unreadable", 0) == warned


@pytest.mark.parametrize(("start", "end", "window", "warned"), [
    ("08:00", "12:00", (480, 720), 0), ("8:30 am", "1:00 PM", (510, 780), 0), ("12:00 am", "12:30", (0, 750), 0),
    ("2027-03-09T16:00:00", "2027-03-09T20:00:00", (960, 1200), 0), ("08:00:00", "24:00", (480, 1440), 0),
    ("", "", (None, None), 0), ("08:00", "", (None, None), 1), ("12:00", "08:00", (None, None), 1),
    ("morning", "noon", (None, None), 1)])
def test_a_window_may_stand_in_two_columns(tmp_path: Path, start: str, end: str,
                                           window: tuple[int, int], warned: int) -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "window"}
    world = World(tmp_path, columns=columns | {"window_start": "FROM", "window_end": "TO"})
    report = world.pull(PLAIN | {"FROM": start, "TO": end})
    assert world.visits("window_start", "window_end") == [window]
    assert report.warned.get("window_unreadable", 0) == warned


@pytest.mark.parametrize(("text", "minutes"), [
    ("45", 45), ("1.5 h", 90), ("90 min", 90), ("PT1H30M", 90), ("2 hours", 120), ("PT45M", 45), ("1h 30m", 90), ("long", None)])
def test_a_length_of_time_says_its_unit_or_is_minutes(world: World, text: str, minutes: int | None) -> None:
    world.pull(PLAIN | {"MINUTES": text})
    assert world.visits("duration_minutes") == [(minutes,)]


@pytest.mark.parametrize(("stamp", "taken_as"), [
    ("2027-01-04T02:00:00Z", 1799028000), ("2027-01-04T05:00:00+03:00", 1799028000), ("", None), ("yesterday", None),
    ("2099-01-01T00:00:00Z", None)])
def test_a_row_without_a_readable_stamp_is_as_new_as_the_pull(world: World, stamp: str, taken_as: int | None) -> None:
    world.pull(PLAIN | {"UPDATED": stamp})
    assert world.all(WorkOrder)[0]["stamp"] == (taken_as or world.now)


@pytest.mark.parametrize(("local", "utc"), [
    ("2027-01-04 05:00", "2027-01-04T02:00"), ("2027-07-04 05:00", "2027-07-04T02:00")])
def test_a_stamp_that_does_not_say_its_zone_is_local_to_the_feeds(tmp_path: Path, local: str,
                                                                  utc: str) -> None:
    world = World(tmp_path, stamps=["%Y-%m-%d %H:%M"], zone="Africa/Kampala")
    world.pull(PLAIN | {"UPDATED": local})
    assert world.all(WorkOrder)[0]["stamp"] == int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("local", "utc"), [("2027-03-28 01:30", "2027-03-28T01:30"), ("2027-10-31 01:30", "2027-10-31T00:30")])
def test_hours_that_the_clocks_skip_or_repeat_are_read(tmp_path: Path, local: str, utc: str) -> None:
    world = World(tmp_path, stamps=["%Y-%m-%d %H:%M"])
    world.pull(PLAIN | {"UPDATED": local})
    assert world.all(WorkOrder)[0]["stamp"] == int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("text", "window"), [("08:00-12:00", (480, 720)), ("8-12", (480, 720)), ("08:60-12:00", None),
                                              ("x", None)])
def test_a_span_of_time_is_read_or_is_none(text: str, window: tuple[int, int] | None) -> None:
    assert span(text) == window


def test_an_unknown_commodity_is_told(world: World) -> None:
    assert dict(world.pull(PLAIN | {"FUEL": "STEAM"}).warned) == {"commodity_unknown": 1}
