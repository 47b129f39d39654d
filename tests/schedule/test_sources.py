"""What every kind of source promises, and the folder: only what is new, oldest first, nothing from outside."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from doorstep.errors import ConfigError, Permanent
from doorstep.schedule.sources import Arrival, check, fetch, kinds, order

PLACE = "config/rollouts/kampala.toml"
PLAIN: dict[str, dict[str, Any]] = {
    "folder": {"path": "in"}, "http": {"url": "https://example.com/a.csv"}, "s3": {"bucket": "schedules"},
    "sql": {"url_env": "SCHEDULE_DATABASE", "query": "SELECT 1 AS id"}}


def arrivals(source: Mapping[str, Any], folder: Path, marks: Mapping[str, str] | None = None) -> Iterator[Arrival]:
    return fetch(source, place=PLACE, marks=marks or {}, folder=folder, base=folder)


def names(source: Mapping[str, Any], folder: Path, marks: Mapping[str, str] | None = None) -> list[str]:
    return [arrival.name for arrival in arrivals(source, folder, marks)]


def test_every_kind_found_is_tested_here() -> None:
    assert kinds() == sorted(PLAIN)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_names_its_mistakes(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULE_DATABASE", "sqlite://")
    assert check({"kind": kind} | PLAIN[kind], place=PLACE) == []
    assert check({"kind": kind, "colour": "red"} | PLAIN[kind], place=PLACE) == [
        f"{PLACE}: feed.source.colour: not a known key"]
    first = next(iter(PLAIN[kind]))
    with pytest.raises(ConfigError, match=f"^{PLACE}: feed.source.{first}: missing"):
        list(arrivals({"kind": kind}, tmp_path))


@pytest.mark.parametrize(("source", "fault"), [
    ({}, "kind: missing; the kinds are folder, http, s3, sql"),
    ({"kind": "ftp"}, 'kind: "ftp" is not a kind of source; the kinds are folder, http, s3, sql'),
    ({"kind": "_dialling"}, 'kind: "_dialling" is not a kind of source; the kinds are folder, http, s3, sql'),
    ({"kind": ["s3"]}, "kind: \"['s3']\" is not a kind of source; the kinds are folder, http, s3, sql"),
    ({"kind": "folder", "path": "in", "pattern": "../*.csv"}, 'pattern: "../*.csv" leaves the folder; write one like "*.csv"'),
    ({"kind": "folder", "path": "in", "pattern": "/etc/*"}, 'pattern: "/etc/*" leaves the folder; write one like "*.csv"'),
    ({"kind": "folder", "path": "a\0b"}, "path: not a path; write the folder that holds the schedules"),
    ({"kind": "http", "url": "ftp://example.com/a"},
     "url: not a web address; write one like https://schedules.example.com/today.csv"),
    ({"kind": "http", "url": "file:///etc/passwd"},
     "url: not a web address; write one like https://schedules.example.com/today.csv"),
    ({"kind": "http", "url": "https://example.com/a\r\nX: y"},
     "url: not a web address; write one like https://schedules.example.com/today.csv"),
    ({"kind": "http", "url": "https://me:secret@example.com/a"},
     "url: a name or password does not belong here; use feed.source.headers"),
    ({"kind": "http", "url": "https://example.com:99999/a"}, "url: its port is not a number up to 65535"),
    ({"kind": "http", "url": "https://example.com/a", "headers": {"Host": "X"}},
     'headers: "Host" is not a header that can be set; write one like "Authorization"'),
    ({"kind": "http", "url": "https://example.com/a", "headers": {"X-Key": "NO_SUCH_VARIABLE"}},
     "headers.X-Key: the environment variable NO_SUCH_VARIABLE is not set"),
    ({"kind": "sql", "url_env": "NO_SUCH_VARIABLE", "query": "SELECT 1"},
     'url_env: the environment variable NO_SUCH_VARIABLE is not set; it should be like "postgresql+psycopg://..."'),
    ({"kind": "sql", "url_env": "PATH", "query": "SELECT 1"},
     'url_env: the environment variable PATH holds no database address; it should be like "postgresql+psycopg://..."'),
    ({"kind": "sql", "url_env": "X", "query": "DELETE FROM jobs"},
     "query: not one SELECT; write one statement that begins with SELECT or WITH"),
    ({"kind": "sql", "url_env": "X", "query": "SELECT 1; DROP TABLE jobs"},
     "query: not one SELECT; write one statement that begins with SELECT or WITH"),
])
def test_a_mistake_is_named_with_file_and_key(source: dict[str, Any], fault: str) -> None:
    assert check(source, place=PLACE) == [f"{PLACE}: feed.source.{fault}"]


@pytest.mark.parametrize(("earlier", "later"), [
    (("kampala-2027-01-04.csv", 9), ("kampala-2027-01-05.csv", 1)),
    (("b_20270104.csv", 9), ("a_20270105.csv", 1)),
    (("a-2027-01-04.csv", 1), ("a-2027-01-04.csv", 2)),
    (("a-2027-01-04T0200.csv", 9), ("a-2027-01-04T1400.csv", 1)),
    (("2027/01/04/a.csv", 9), ("2027/01/05/a.csv", 1)),
    (("z.csv", 1), ("a.csv", 2)),
    (("old.csv", 1_798_000_000), ("new-2027-01-04.csv", 1)),
    (("a.csv", 1), ("b.csv", 1)),
    (("a-1234567820270105.csv", 1), ("a-9.csv", 2)),
])
def test_old_comes_before_new_by_the_date_in_the_name_then_by_arrival(earlier: tuple[str, float],
                                                                      later: tuple[str, float]) -> None:
    assert order(*earlier) < order(*later)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """A folder `in` that holds three schedules, one of them older than its time says."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number, name in enumerate(("b-2027-01-05.csv", "b-2027-01-06.csv", "a-2027-01-04.csv")):
        (folder / name).write_text(name)
        os.utime(folder / name, (number, number))
    return folder


SOURCE = {"kind": "folder", "path": "in", "pattern": "*.csv"}


def test_a_folder_gives_its_files_from_old_to_new(drop: Path) -> None:
    assert names(SOURCE, drop.parent) == ["a-2027-01-04.csv", "b-2027-01-05.csv", "b-2027-01-06.csv"]


def test_a_file_that_was_taken_is_not_new_until_it_changes(drop: Path) -> None:
    marks = {arrival.source: arrival.mark for arrival in arrivals(SOURCE, drop.parent)}
    assert names(SOURCE, drop.parent, marks) == []
    (drop / "b-2027-01-05.csv").write_text("sent again, corrected")
    assert names(SOURCE, drop.parent, marks) == ["b-2027-01-05.csv"]


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.tmp", ".a.csv", "~$a.csv", "a.filepart", ".hidden/a.csv", "a.CSV.PART"])
def test_files_that_are_being_written_are_left_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True)
    path.write_text("half")
    assert names(SOURCE | {"pattern": "**/*"}, tmp_path) == []


def test_a_link_does_not_lead_out_of_the_folder(drop: Path) -> None:
    (drop.parent / "secret.csv").write_text("secret")
    (drop.parent / "other").mkdir()
    (drop.parent / "other" / "deep.csv").write_text("secret")
    (drop / "file.csv").symlink_to(drop.parent / "secret.csv")
    (drop / "down").symlink_to(drop.parent / "other")
    (drop / "inside.csv").symlink_to(drop / "b-2027-01-05.csv")
    found = names(SOURCE | {"pattern": "**/*.csv"}, drop.parent) + names(SOURCE | {"pattern": "down/*.csv"}, drop.parent)
    assert sorted(found) == ["a-2027-01-04.csv", "b-2027-01-05.csv", "b-2027-01-06.csv", "inside.csv"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r'feed.source.path: ".*/in" is not a folder; is the share mounted\?'):
        names(SOURCE, tmp_path)
