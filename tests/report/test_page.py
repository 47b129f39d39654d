"""The page: complete, honest, accessible, small, and without a word from or to the outside."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from doorstep.forecast import ForecastRow
from doorstep.kpis import KpiValue
from doorstep.report import write_report
from doorstep.report.coming import coming
from doorstep.report.page import verdict
from doorstep.report.phases import language_name, phase_views
from tests.kpis.world import World, at, new_world

NOW = "2027-04-01 02:00"
ROWS = [ForecastRow("2027-04-01", "formal-notice", "before", "post", None, 3, 1.8),
        ForecastRow("2027-04-01", "reminder", "before", "email", None, 2, 0.002),
        ForecastRow("2027-04-14", "reminder", "before", "email", None, 4, 0.004),
        ForecastRow("2027-04-14", "day-before", "before", None, "post_too_slow", 1, 0.0),
        ForecastRow("2027-04-15", "reminder", "before", "email", None, 99, 9.0)]      # beyond the fortnight


class Reader(HTMLParser):
    """What the page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.named: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.fetched += [given[name] or "" for name in ("src", "href", "xlink:href", "data") if name in given]
        self.named += [given["aria-labelledby"] or ""] if "aria-labelledby" in given else []


def enliven(world: World) -> World:
    """Thirty homes in two waves and languages, measured on three nights."""
    for number in range(30):
        home = world.home(language="cy" if number % 3 else "en", name="Ms Andrea Horton")
        visit = world.done(home=home, wave="W01" if number < 22 else "W02")
        if number < 26:
            world.notice(visit, texts='["Ms Andrea Horton"]')
    for night in ("2027-03-20 02:00", "2027-03-21 02:00", NOW):
        world.kpis(night, record=True)
    return world


def written(world: World, tmp_path: Path, now: str = NOW) -> str:
    out = tmp_path / "new" / "report.html"
    return write_report(world.store, world.rollout, now=at(now), out=out, rows=ROWS).read_text("utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a lively rollout, for those who only read it."""
    folder = tmp_path_factory.mktemp("lively")
    world = enliven(new_world(folder))
    page = written(world, folder)
    world.store.close()
    return page


def test_the_page_asks_nothing_of_the_network_and_names_nobody(page: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert not reader.fetched
    assert not re.findall(r"@import|url\(\s*['\"]?(?!#)|<script|<link|<iframe", page)
    assert set(re.findall(r"https?://[^\s\"']+", page)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.findall(r"Horton|example\.net|\+44|Hill Road|\bP1\b", page)          # "A1" is a KPI


def test_the_page_is_sound_and_small(page: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert reader.tags.count("h1") == 1
    assert reader.tags.count("table") == reader.tags.count("caption") == 5
    assert len(reader.ids) == len(set(reader.ids)), "two drawings share an id"
    assert set(reader.named) <= set(reader.ids)
    assert 'lang="en"' in page and 'name="viewport"' in page
    assert len(page.encode()) < 1_000_000


def test_the_page_says_when_what_and_how_it_stands(page: str) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "As of Thursday 1 April 2027, 02:00 (Europe/London)" in text
    assert "Rehearsal." in text
    assert "26 of 30" in text and "86.7%" in text and "✗ missed" in text and "alarm" in text
    assert "Welsh:" in text                                                  # the language in which it is weakest
    assert [title for title in ("Before the visit", "During the visit", "After the visit") if f">{title}</h2>" not in page] == []
    assert page.count("<svg") > 10
    assert "English" in text or "Welsh" in text


def test_the_page_of_a_past_moment_stays_the_same(world: World, tmp_path: Path) -> None:
    lively = enliven(world)
    then = written(lively, tmp_path, "2027-03-21 02:00")
    lively.notice(lively.done("2027-03-25 10:00", created_at=at("2027-03-25")), sent="2027-03-25 09:00", heard=None)
    assert written(lively, tmp_path, "2027-03-21 02:00") == then


def test_an_empty_rollout_has_a_page_too(world: World, tmp_path: Path) -> None:
    page = write_report(world.store, world.rollout, now=at(NOW), out=tmp_path / "empty.html").read_text("utf-8")
    assert "too early to judge" in page
    assert "Nothing waits for a person now." in page
    assert "Nothing falls due in the next 14 days." in page
    assert "once the measures have been taken on two days" in page


def test_a_title_cannot_break_the_page(world: World, tmp_path: Path) -> None:
    object.__setattr__(world.rollout, "file", world.rollout.file.model_copy(update={"title": "<b>A & B</b>"}))
    assert "<h1>&lt;b&gt;A &amp; B&lt;/b&gt;</h1>" in written(world, tmp_path)


def test_the_coming_days_are_counted_by_day_and_channel(world: World) -> None:
    ahead = coming(world.rollout, ROWS, at(NOW))
    assert [key for key, _, _ in ahead.channels] == ["email", "post", "nobody"]
    assert ahead.days[0][:3] == ("Thu 1 Apr", (2, 3, 0), 5)
    assert ahead.days[13][:3] == ("Wed 14 Apr", (4, 0, 1), 5)
    assert [ahead.days[0][3], ahead.cost] == pytest.approx([1.802, 1.806])
    assert (ahead.totals, ahead.all, len(ahead.days)) == ((6, 3, 1), 10, 14)
    assert ahead.reasons == (("post too slow", 1),)
    assert ahead.svg.startswith("<svg")


@pytest.mark.parametrize(("counts", "said"), [
    ({"met": 0, "near": 0, "missed": 0}, "It is too early to judge: there is not enough yet to hold against any target."),
    ({"met": 1, "near": 0, "missed": 0}, "1 of 1 measures with enough data is on target."),
    ({"met": 20, "near": 2, "missed": 3}, "20 of 25 measures with enough data are on target, 2 come close, 3 miss it."),
    ({"met": 1, "near": 1, "missed": 1}, "1 of 3 measures with enough data is on target, 1 comes close, 1 misses it."),
])
def test_the_verdict_is_one_sentence(counts: dict[str, int], said: str) -> None:
    assert verdict(counts, []) == said


def kpi(cut: str, numerator: int, denominator: int, name: str = "B1") -> KpiValue:
    value = 100 * numerator / denominator
    return KpiValue(name, "before", "t", value, numerator, denominator, 100, "missed", "%", "up", cut)


def test_the_weakest_part_is_named_unless_it_is_too_small_to_say(world: World) -> None:
    values = [kpi("", 90, 100), kpi("wave=W01", 60, 60), kpi("wave=W02", 28, 36), kpi("wave=W03", 0, 4),
              kpi("language=cy", 40, 50), kpi("language=en", 50, 50)]
    view = phase_views(world.rollout, values, {})[0].kpis[0]
    assert view.weakest == ("wave W02: 77.8%", "Welsh: 80%")
    assert (view.counted, view.value, view.alarm) == ("90 of 100", "90%", True)


def test_what_makes_up_most_of_a_kpi_is_named_by_reason_topic_or_channel(world: World) -> None:
    values = [kpi("", 90, 1000, "D10"), kpi("topic=health", 20, 1000, "D10"), kpi("topic=power_off", 40, 1000, "D10"),
              kpi("channel=sms", 50, 1000, "D10"), kpi("channel=email", 0, 1000, "D10"), kpi("topic=scam", 1, 1000, "D10")]
    (view,) = phase_views(world.rollout, values, {})[0].kpis
    assert view.weakest == ("channel sms: 5%", "topic power off: 4%", "topic health: 2%")


@pytest.mark.parametrize(("code", "name"), [("cy", "Welsh"), ("ar", "Arabic"), ("zz-not", "zz-not"), ("", "")])
def test_languages_are_named(code: str, name: str) -> None:
    assert language_name(code) == name
