"""Refused rows go out as CSV to be mended, and are taken when they come back."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.model import Refused
from doorstep.schedule import export_refused, refused_rows
from doorstep.schedule.refused import guarded, unguarded
from tests.schedule.world import COLUMNS, ELEC, GAS, PLAIN, World, later, many


def export(world: World) -> Path:
    export_refused(world.store, world.rollout, world.folder / "refused.csv")
    return world.folder / "refused.csv"


def mend(path: Path, **changes: str) -> Path:
    """The exported file with some columns filled in by hand."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | changes for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_export_has_every_column_of_the_source_and_says_why(world: World) -> None:
    world.pull(ELEC, GAS | {"DATE": "soon", "EXTRA": "kept"})
    with export(world).open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert {name: row[name] for name in PLAIN} == GAS | {"DATE": "soon"}
    assert (row["EXTRA"], row["doorstep_line"], row["doorstep_reason"]) == ("kept", "3", "date_unreadable")


@pytest.mark.parametrize(("bad", "mended"), [({"DATE": "soon"}, {"DATE": "2027-03-09"}), ({"WO": ""}, {"WO": "G1"}),
                                             ({"STATUS": "ZZZ"}, {"STATUS": "PLANNED"})])
def test_a_mended_part_is_taken_and_is_no_full_feed(world: World, bad: dict[str, str], mended: dict[str, str]) -> None:
    world.pull(*many(30), GAS | {"WO": "G1"} | bad)
    path = mend(export(world), **mended)
    world.day += 1
    report = world.take(path)
    assert (report.held, report.taken, report.changed["new"], report.changed["cancelled"]) == (None, 1, 1, 0)
    assert [row["mended_at"] for row in world.all(Refused)] == [world.now]
    assert list(refused_rows(world.store, "northwick")) == []


def test_a_mended_part_of_a_json_feed_is_csv_with_flat_names(tmp_path: Path) -> None:
    columns = {"work_order": "id", "premise": "at.premise", "account": "who.account", "name": "who.name", "day": "date",
               "status": "status", "stamp": "changed"}
    world = World(tmp_path, columns=columns, format="jsonl", encoding="windows-1256")
    row = {"id": "W1", "at": {"premise": "P1"}, "who": {"account": "A1", "name": "لمى"}, "status": "PLANNED",
           "changed": "2027-01-04T02:00:00Z", "date": "soon"}
    (tmp_path / "feed.jsonl").write_text(json.dumps(row) + "\n", encoding="cp1256")
    assert world.take(tmp_path / "feed.jsonl").refused == {"date_unreadable": 1}
    assert world.take(mend(export(world), date="2027-03-09")).changed["new"] == 1
    assert world.customer()["name"] == "لمى"


def test_a_row_that_the_source_mended_itself_waits_no_longer(world: World) -> None:
    world.pull(ELEC, GAS | {"DATE": "soon"})
    world.pull(ELEC, later(GAS))
    assert list(refused_rows(world.store, "northwick")) == []


def test_rows_that_each_full_feed_brings_again_wait_once(world: World) -> None:
    world.pull(ELEC, GAS | {"DATE": "soon"}, ELEC | {"WO": ""})
    world.pull(later(ELEC, SLOT="PM"), GAS | {"DATE": "soon"}, ELEC | {"WO": ""})
    assert len(world.all(Refused)) == 4 and len(list(refused_rows(world.store, "northwick"))) == 2


def test_a_row_that_could_not_be_split_is_kept_as_it_was(world: World) -> None:
    path = world.file(ELEC)
    path.write_text(path.read_text() + "W7" + ",x" * 60 + "\n")
    world.take(path)
    [row] = refused_rows(world.store, "northwick")
    assert row == {"broken_row": "W7" + ",x" * 60, "doorstep_line": 3, "doorstep_reason": "row_broken"}
    assert "broken_row" in export(world).read_text("utf-8-sig")


@pytest.mark.parametrize("cell", ['=HYPERLINK("x")', "+44 7400", "-1", "@SUM(A1)", "\tx", "＝1+1", "＋1", "－1", "＠x", "'=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded_and_comes_back_as_it_was(world: World, cell: str) -> None:
    assert guarded(cell).startswith("'")
    world.pull(ELEC, GAS | {"NAME": f"{cell}", "DATE": "soon"})
    path = export(world)
    assert f",{cell}" not in path.read_text("utf-8-sig")
    world.take(mend(path, DATE="2027-03-10", ACCT="A9"))
    assert world.visit_of("W2")["customer_id"] == 2


@given(st.text("'=+-@\t\ra ＝＋－＠", max_size=6))
def test_guarding_is_undone_exactly(text: str) -> None:
    assert unguarded(pl.DataFrame({"a": [guarded(text)]}))["a"].to_list() == [text]


@pytest.mark.parametrize("cell", ["O'Brien", "'Amr", "07400 309661", "a=b", ""])
def test_a_harmless_cell_is_left_alone(cell: str) -> None:
    assert guarded(cell) == cell


def test_the_mended_file_may_keep_fewer_columns(world: World) -> None:
    world.pull(*many(20), GAS | {"WO": "G1", "DATE": ""})
    keep = [COLUMNS[name] for name in ("work_order", "premise", "account", "day", "status", "stamp")]
    pl.read_csv(mend(export(world), DATE="2027-03-09"), infer_schema=False).select(
        *keep, "doorstep_line", "doorstep_reason").write_csv(world.folder / "part.csv")
    assert world.take(world.folder / "part.csv").changed["new"] == 1
