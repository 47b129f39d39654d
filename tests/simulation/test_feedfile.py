"""The day's file is what the rollout's own mapping can read: its columns, its dates, its words."""

import gzip
from pathlib import Path

import orjson
import polars as pl
import pytest

from doorstep.simulation.days import Known, first_state, happen
from doorstep.simulation.feedfile import FeedFiles
from doorstep.simulation.world import World
from tests.simulation.places import PLACES, world_of

DAYS = 30                                    # the first visits are on day 15
LIVED: dict[tuple[str, int, int], list[pl.DataFrame]] = {}


def rows_of(files: FeedFiles, path: Path) -> pl.DataFrame:
    """A feed file parsed back, every column as text; objects within objects as a.b.c."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if files.kind in ("csv", "tsv"):
        return pl.read_csv(raw, separator="\t" if files.kind == "tsv" else ",", infer_schema=False)
    if files.kind == "jsonl":
        return pl.DataFrame([_flat(orjson.loads(line)) for line in raw.splitlines()], infer_schema_length=None)
    rows = orjson.loads(raw)
    for name in (files.world.rollout.file.feed.records or "").split("."):
        rows = rows[name] if name else rows
    return pl.DataFrame(list(map(_flat, rows)), infer_schema_length=None)


def _flat(row: dict[str, object], above: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in row.items():
        flat |= _flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
    return flat


def column(world: World, field: str) -> str:
    """The feed's column for one of our fields."""
    said = world.rollout.file.feed.columns[field]
    return said if isinstance(said, str) else said[0]


@pytest.fixture(params=[*PLACES, "json"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FeedFiles:
    """The feed folder of each rollout, and of one that gets one JSON document."""
    if request.param == "json":
        source = {"kind": "http", "url": "https://example.org/orders.json"}
        return FeedFiles(world_of("dune", days=DAYS, source=source, records="data.orders"), tmp_path / "feeds")
    return FeedFiles(world_of(request.param, days=DAYS), tmp_path / "feeds")


def later(world: World, day: int) -> pl.DataFrame:
    """The state after some days; a place lives them once, whatever its file looks like."""
    states = LIVED.setdefault((world.rollout.name, world.visits, world.days), [first_state(world)])
    for n in range(len(states), day + 1):
        states.append(happen(world, states[-1], n, Known(states[-1]["day"].to_list())))
    return states[day]


def test_the_file_has_the_rollouts_columns_and_every_order(files: FeedFiles) -> None:
    world = files.world
    rows = rows_of(files, files.write(first_state(world), 0))
    named = world.rollout.file.feed.columns.values()
    assert set(rows.columns) == {name for said in named for name in ([said] if isinstance(said, str) else said)}
    orders = rows[column(world, "work_order")].drop_nulls()
    assert rows[column(world, "account")].n_unique() == 300
    assert orders.filter(orders != "").n_unique() <= len(rows) < 1.03 * orders.n_unique()


@pytest.mark.parametrize("day", [0, 25])
def test_nearly_every_row_is_right_and_some_are_not(files: FeedFiles, day: int) -> None:
    world = files.world
    shape = world.rollout.file.feed
    rows = rows_of(files, files.write(later(world, day), day))
    right = rows[column(world, "status")].is_in(list(shape.status)) \
        & rows[column(world, "day")].str.to_date(shape.dates[0], strict=False).is_between(world.start, world.date(200)) \
        & rows[column(world, "work_order")].str.contains(r"^[A-Z]{2}\d{8}$").fill_null(False)
    assert 0.95 < right.mean() <= (0.999 if day == 0 else 1)  # type: ignore[operator]


def test_the_first_file_holds_every_kind_of_fault(tmp_path: Path) -> None:
    world = world_of(visits=4000)
    rows = rows_of(FeedFiles(world, tmp_path / "feeds"), FeedFiles(world, tmp_path / "feeds").write(first_state(world), 0))
    days = set(rows["INSTALL_DATE"])
    assert {"01/01/1900", "31/12/9999", "soon", "N/A", "31/02/2027"} <= days
    assert "ZZZ" in set(rows["STATUS"])
    assert rows["WO_NUM"].null_count() + (rows["WO_NUM"] == "").sum() > 0
    assert rows.filter(pl.col("WO_NUM") != "").is_duplicated().any()
    assert (rows["EMAIL"] == "none@none").any() and (rows["MOBILE"] == "unknown").any()
    assert rows["CUSTOMER"].str.contains("<Electrical>").any() and rows["ADDR1"].str.contains('"').any()


def test_two_moves_within_minutes_stand_in_one_file(tmp_path: Path) -> None:
    world = world_of(visits=4000)
    files = FeedFiles(world, tmp_path / "feeds")
    rows = rows_of(files, files.write(later(world, 5), 5)).filter(pl.col("WO_NUM") != "")
    twice = rows.filter(pl.col("WO_NUM").is_duplicated() & ~rows.is_duplicated())
    assert len(twice) >= 2
    assert (twice.group_by("WO_NUM").agg(pl.col("UPDATED").n_unique())["UPDATED"] == 2).all()


def test_the_same_world_writes_the_same_bytes(files: FeedFiles, tmp_path: Path) -> None:
    again = FeedFiles(files.world, tmp_path / "again" / "feeds")
    state = later(files.world, 3)
    assert files.write(state, 3).read_bytes() == again.write(state, 3).read_bytes()


def test_a_half_file_is_half(files: FeedFiles) -> None:
    state = first_state(files.world)
    whole, half = rows_of(files, files.write(state, 4)), rows_of(files, files.write_half(state, 4))
    assert 0.4 < len(half) / len(whole) < 0.6


@pytest.mark.parametrize("name", ["harbour", "lake"])
def test_an_empty_file_has_its_head_alone(name: str, tmp_path: Path) -> None:
    files = FeedFiles(world_of(name), tmp_path / "feeds")
    rows = rows_of(files, files.write_empty(first_state(files.world), 4))
    assert len(rows) == 0 and column(files.world, "work_order") in rows.columns


def test_a_feed_of_another_encoding_is_written_in_it(tmp_path: Path) -> None:
    files = FeedFiles(world_of("dune", source={"kind": "folder", "path": "x-*.csv"}, encoding="windows-1256"),
                      tmp_path / "feeds")
    assert "شارع" in files.write(first_state(files.world), 0).read_bytes().decode("windows-1256")


def test_a_feed_that_has_no_word_for_a_refusal_says_it_as_a_cancellation(tmp_path: Path) -> None:
    world = world_of(visits=4000)
    files = FeedFiles(world, tmp_path / "feeds")
    rows = rows_of(files, files.write(later(world, 5), 5))
    refused = rows.filter(pl.col("OUTCOME") == "SMART_REFUSED")
    assert set(refused["STATUS"]) == {"CANCELLED"}
