"""CSV for people: every program reads it back as it was meant, and no spreadsheet runs a cell of it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.exports import bare, guarded, write_csv
from doorstep.model import Customer
from doorstep.schedule import export_refused
from tests.schedule.world import ELEC, GAS, World

FORMULAS = ['=HYPERLINK("http://evil.example","x")', "+256772000001", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1",
            "－1", "＠x", "'=1", "''@x"]


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_list_opens_in_a_spreadsheet_in_any_language(tmp_path: Path) -> None:
    count = write_csv(tmp_path / "a.csv", ["name", "n"], [["Zoë, نورة", 1], ['say "so"', None]])
    assert count == 2
    assert (tmp_path / "a.csv").read_bytes() == (
        '\ufeff"name","n"\r\n"Zoë, نورة","1"\r\n"say ""so""",""\r\n'.encode())


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_would_be_run_is_guarded_wherever_it_stands(tmp_path: Path, cell: str) -> None:
    write_csv(tmp_path / "a.csv", [cell, "b"], [["a", cell], [cell, "a"]])
    assert cells(tmp_path / "a.csv") == [[f"'{cell}", "b"], ["a", f"'{cell}"], [f"'{cell}", "a"]]
    assert bare(f"'{cell}") == cell


@pytest.mark.parametrize(("value", "written"), [
    (-5, "-5"), (-0.5, "-0.5"), (0, "0"), (None, ""), ("", ""), ("O'Brien", "O'Brien"), ("'Amr", "'Amr"), ("a=b", "a=b"),
    ("two\nlines", "two\nlines"), ("\ud800x", "?x"),
])
def test_what_is_harmless_stays_as_it_is(tmp_path: Path, value: object, written: str) -> None:
    write_csv(tmp_path / "a.csv", ["a"], [[value]])
    assert cells(tmp_path / "a.csv") == [["a"], [written]]


@given(st.text("'=+-@\t\r\na ＝＋－＠\"", max_size=6))
def test_guarding_is_undone_exactly(text: str) -> None:
    assert bare(guarded(text)) == text and not guarded(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


def test_rows_are_written_as_they_come(tmp_path: Path) -> None:
    def rows() -> Iterator[list[int]]:
        for number in range(50_000):
            if number == 40_000:
                assert (tmp_path / "a.csv").stat().st_size > 100_000
            yield [number]

    assert write_csv(tmp_path / "a.csv", ["n"], rows()) == 50_000


def test_a_list_is_for_the_one_who_made_it(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["n"], [])
    assert (tmp_path / "a.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", [*FORMULAS[:4], "＝1", "'=1"])
def test_a_refused_row_goes_out_safely_and_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    world = World(tmp_path)
    world.pull(ELEC, GAS | {"NAME": name, "DATE": "soon", "=EXTRA": "kept"})
    path = tmp_path / "refused.csv"
    assert export_refused(world.store, world.rollout, path) == 1
    head, row = cells(path)
    assert "'=EXTRA" in head and row[head.index("NAME")] == f"'{name}"
    row[head.index("DATE")], row[head.index("ACCT")] = "still not", "A9"
    write(path, head, row)
    assert world.take(path).refused == {"date_unreadable": 1}        # as a spreadsheet saved it, still not mended
    export_refused(world.store, world.rollout, path)
    assert sorted(cells(path)[0]) == sorted(head)                    # no apostrophe upon another
    row[head.index("DATE")] = "2027-03-10"
    write(path, head, row)
    assert world.take(path).taken == 1
    assert [customer["name"] for customer in world.all(Customer) if customer["account"] == "A9"] == [name]


def write(path: Path, *rows: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
