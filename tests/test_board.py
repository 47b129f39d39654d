"""The board: areas, counts and dates for everybody; never a household, never anything but text."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from doorstep.board import Area, board_files, coming_areas, read_words, write_board
from doorstep.errors import WordsError
from doorstep.settings import CHECKOUT
from doorstep.store import Store
from doorstep.words import Library
from tests.making import UTILITY, World, at, make_rollout, make_store

ROLLOUT = make_rollout()
NOW = at("2027-03-01 09:00", ROLLOUT)
BOARD = CHECKOUT / "templates" / "layouts" / "board"
MILL = Area("Mill Side", "2027-03-08", "2027-03-26", 43)
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(CHECKOUT / "templates")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = make_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def world(store: Store) -> World:
    return World(store, ROLLOUT)


def fill(world: World, count: int, day: str = "2027-03-09", **values: Any) -> None:
    for _ in range(count):
        world.visit(day, **values)


def made(library: Library, *areas: Area, language: str = "en", **changes: Any) -> Files:
    rollout = make_rollout(**changes)
    words = next(words for words in read_words(BOARD, rollout) if words.language == language)
    return board_files(rollout, library, words, areas, now=NOW)


def items(files: Files) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(files["board.json"])["items"]
    return found


def test_an_area_is_told_with_its_dates_and_how_many(world: World) -> None:
    fill(world, 6, "2027-03-09", area="Mill Side")
    fill(world, 6, "2027-03-26", area="Mill Side", status="booked")
    fill(world, 12, "2027-03-05", area="Harbour")
    assert coming_areas(world.store, ROLLOUT, now=NOW) == [
        Area("Harbour", "2027-03-05", "2027-03-05", 12), Area("Mill Side", "2027-03-09", "2027-03-26", 12)]


def test_areas_with_few_homes_are_told_together(world: World) -> None:
    fill(world, 10, area="Large")
    fill(world, 9, "2027-03-10", area="Small")
    fill(world, 4, "2027-03-12", area="Tiny")
    assert coming_areas(world.store, ROLLOUT, now=NOW) == [
        Area("Large", "2027-03-09", "2027-03-09", 10), Area("", "2027-03-10", "2027-03-12", 13)]


def test_where_even_together_they_are_few_nothing_is_said(world: World) -> None:
    fill(world, 10, area="Large")
    fill(world, 9, area="Small")
    assert [area.name for area in coming_areas(world.store, ROLLOUT, now=NOW)] == ["Large"]


def test_ten_visits_to_one_home_are_one_home(world: World) -> None:
    for number in range(12):
        world.visit(area="Large", premise="P", account=f"B{number}")
    assert coming_areas(world.store, ROLLOUT, now=NOW) == []


@pytest.mark.parametrize(("values", "told"), [
    ({"status": "planned"}, True), ({"status": "booked"}, True), ({"status": "cancelled"}, False),
    ({"status": "completed"}, False), ({"status": "refused"}, False), ({"day": "2027-02-28"}, False),
    ({"day": "2027-03-01"}, True),
    ({"day": "2027-04-25"}, True), ({"day": "2027-04-26"}, False),
])
def test_only_visits_to_come_are_told(world: World, values: dict[str, Any], told: bool) -> None:
    fill(world, 10, **{"area": "Mill Side", **values})
    assert bool(coming_areas(world.store, ROLLOUT, now=NOW)) is told


@pytest.mark.parametrize(("area", "town", "name"), [
    ("Mill Side", "Northwick", "Mill Side"), (None, "Northwick", "Northwick"), (" ", "Northwick", "Northwick"),
    (" mill\u202e side ", "", "mill side"), ("", "", ""),
])
def test_an_area_is_named_by_the_feed_or_by_its_town(world: World, area: str | None, town: str, name: str) -> None:
    fill(world, 10, area=area, town=town)
    assert [each.name for each in coming_areas(world.store, ROLLOUT, now=NOW)] == [name]


def test_an_area_written_in_two_ways_is_one(world: World) -> None:
    fill(world, 6, area="MILL SIDE")
    fill(world, 6, "2027-03-11", area="Mill Side")
    assert coming_areas(world.store, ROLLOUT, now=NOW) == [Area("MILL SIDE", "2027-03-09", "2027-03-11", 12)]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_both_feeds_are_valid_and_say_the_same(library: Library, language: str) -> None:
    files = made(library, MILL, MILL._replace(name="", homes=17), language=language)
    feed, rss = json.loads(files["board.json"]), Xml.fromstring(files["board.xml"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["language"] == language
    assert feed["home_page_url"] == "https://northwick.example"
    assert len({item["id"] for item in feed["items"]}) == 2
    assert all(item["date_modified"] == "2027-03-01T09:00:00+00:00" for item in feed["items"])
    channel = rss.find("channel")
    assert rss.get("version") == "2.0" and channel is not None
    assert [channel.findtext(name) for name in ("title", "link", "language")] == [feed["title"], feed["home_page_url"], language]
    assert [(each.findtext("title"), each.findtext("guid"), each.findtext("description")) for each in channel.iter("item")] == [
        (item["title"], item["id"], item["content_html"]) for item in feed["items"]]
    for item in feed["items"]:
        Xml.fromstring(item["content_html"])
        assert item["title"] in files["board.txt"].decode() and item["content_text"] in files["board.txt"].decode()


def test_what_an_area_is_told(library: Library) -> None:
    [item] = items(made(library, MILL))
    assert item["title"] == "Smart meters in Mill Side, Monday 8 March 2027 to Friday 26 March 2027"
    text = item["content_text"]
    assert "about 40 homes and businesses in Mill Side between Monday 8 March 2027 and Friday 26 March 2027." in text
    for said in ("Northwick Energy", "Meterfit", "photo ID", "never take payment", "0800 123 4567", "northwick.example"):
        assert said in text
    assert "not to have" not in text and "{" not in text


def test_one_day_is_no_span_and_small_areas_have_a_name(library: Library) -> None:
    [item] = items(made(library, Area("", "2027-03-08", "2027-03-08", 10)))
    assert item["title"] == "Smart meters in other areas nearby, Monday 8 March 2027"
    assert "between" not in item["content_text"].splitlines()[0]


@pytest.mark.parametrize(("changes", "said"), [
    ({"refusal_allowed": True}, "You may choose not to have a smart meter. Call us to say so."),
    ({"refusal_allowed": True, "refusal_fee": "20 GBP"}, "The charge for that choice is 20 GBP."),
])
def test_who_may_refuse_is_told_so(library: Library, changes: dict[str, Any], said: str) -> None:
    assert said in items(made(library, MILL, **changes))[0]["content_text"]


def test_arabic_runs_from_right_to_left_and_keeps_foreign_words_apart(library: Library) -> None:
    [item] = items(made(library, MILL, language="ar"))
    assert item["content_html"].startswith('<div lang="ar" dir="rtl"><p dir="rtl">')
    assert '<span dir="ltr">Mill Side</span>' in item["content_html"] and "\u2068Mill Side\u2069" in item["title"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "[click](https://evil.example)", "**A** & B", "# A",
                                  "{{ utility.name }}", "]]>", "a\x00b"])
def test_an_areas_name_is_text_and_nothing_else(library: Library, world: World, name: str) -> None:
    fill(world, 10, area=name)
    [area] = coming_areas(world.store, ROLLOUT, now=NOW)
    files = made(library, area)
    [item] = items(files)
    shown = name.replace("\x00", "")
    assert shown in item["title"] and shown in item["content_text"]
    inside = Xml.fromstring(item["content_html"])
    assert not list(inside.iter("script")) and not list(inside.iter("a")) and shown in "".join(inside.itertext())
    assert Xml.fromstring(files["board.xml"]).findtext("channel/item/title") == item["title"]


def test_a_board_is_written_for_each_language_and_is_the_same_again(world: World, library: Library, tmp_path: Path) -> None:
    fill(world, 10, area="Mill Side")
    written = write_board(world.store, ROLLOUT, library=library, now=NOW, out=tmp_path / "board")
    assert [str(path.relative_to(tmp_path / "board")) for path in written] == [
        f"{language}/board.{kind}" for language in ("en", "ar") for kind in ("json", "xml", "txt")]
    before = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in write_board(world.store, ROLLOUT, library=library, now=NOW,
                                                      out=tmp_path / "board")] == before
    assert sorted((tmp_path / "board" / "en").iterdir()) == sorted(written[:3])


def test_a_board_names_no_household(world: World, library: Library, tmp_path: Path) -> None:
    fill(world, 25, area="Mill Side", vulnerable=1)
    everything = "".join(path.read_text("utf-8") for path in write_board(
        world.store, ROLLOUT, library=library, now=NOW, out=tmp_path / "board"))
    assert "Mill Side" in everything
    assert not any(secret in everything for secret in ("Person", "Mill Road", "+447400", "@example.com", "NW00000"))


def test_a_board_without_visits_is_empty_and_valid(world: World, library: Library, tmp_path: Path) -> None:
    written = write_board(world.store, ROLLOUT, library=library, now=NOW, out=tmp_path)
    assert json.loads(written[0].read_bytes())["items"] == [] and Xml.fromstring(written[1].read_bytes()).tag == "rss"


def test_a_language_without_words_has_no_board(library: Library) -> None:
    rollout = make_rollout(languages=["en", "lg"])
    assert [words.language for words in read_words(BOARD, rollout)] == ["en"]
    with pytest.raises(WordsError, match=r"no words for the board .* write lg\.md there"):
        read_words(BOARD, make_rollout(languages=["lg"]))


@pytest.mark.parametrize(("old", "new", "said"), [
    ("Post:", "Pots:", "Post: is missing"), ("Feed:", "Feed: A\nFood:", "Food: is missing or not known"),
    ("{{ area.homes }}", "{{ area.hoems }}", "hoems"), ("{{ area.homes }}", "{{ customer.name }}", "customer"),
    ("{{ area.homes }}", "{% for %}", "board's words may use"), ("{{ area.homes }}", "{{ area.__class__ }}", "en.md"),
])
def test_a_slip_in_the_words_is_named(world: World, library: Library, tmp_path: Path, old: str, new: str, said: str) -> None:
    shutil.copytree(BOARD, tmp_path / "layouts" / "board")
    path = tmp_path / "layouts" / "board" / "en.md"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(WordsError, match=said):
        board_files(ROLLOUT, library, read_words(tmp_path / "layouts" / "board", ROLLOUT)[0], [MILL], now=NOW)


def test_the_website_may_say_its_own_scheme(library: Library) -> None:
    files = made(library, MILL, utility=UTILITY | {"website": "http://northwick.example/meters"})
    assert items(files)[0]["url"] == "http://northwick.example/meters"
