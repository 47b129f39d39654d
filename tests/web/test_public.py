"""The public page: when an area's turn is, what people ask, and nothing about anybody."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select

from doorstep.model import Customer, Visit, table
from doorstep.settings import Settings
from doorstep.web.public import MOST_AREAS
from doorstep.web.room import Room
from tests.making import World, at, make_rollout, make_store
from tests.web.application import application, browser

NOW = "2027-03-01 10:00"
C, V = table(Customer), table(Visit)


class Site:
    """A rollout with its pages, and a clock that a test sets."""

    def __init__(self, folder: Path) -> None:
        self.rollout = make_rollout(refusal_allowed=True)
        self.world = World(make_store(folder), self.rollout)
        self.now = at(NOW, self.rollout)
        room = Room(Settings(home=folder, secret_key=SecretStr("test-key")), self.world.store, {"northwick": self.rollout},
                    clock=lambda: self.now)
        self.client = browser(application(room))

    def page(self, language: str = "en") -> str:
        answer = self.client.get(f"/r/northwick/{language}")
        assert answer.status_code == 200
        return str(answer.text)

    def visits(self, area: str | None, days: list[int], **values: object) -> None:
        for day in days:
            self.world.visit(f"2027-03-{day:02d}", area=area, **values)

    def crowd(self, areas: list[str]) -> None:
        """Ten visits in each of these areas, like the one that is there, in one transaction."""
        with self.world.store.write() as connection:
            person, visit = (dict(connection.execute(select(each)).mappings().one()) for each in (C, V))
            numbers = list(enumerate((area for area in areas for _ in range(10)), 2))
            connection.execute(insert(C), [{**person, "id": number, "premise": f"P{number}", "account": f"A{number}",
                                            "area": area} for number, area in numbers])
            connection.execute(insert(V), [{**visit, "id": number, "customer_id": number, "reference": f"NW{number}"}
                                           for number, _ in numbers])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_area_is_named_with_its_first_and_last_day_where_it_has_ten_visits(site: Site) -> None:
    site.visits("North", list(range(9, 19)))
    site.visits("South", list(range(9, 18)))
    site.visits("Lane", [1] * 9)
    site.visits("Lane", [2], status="cancelled")
    said = text(site.page())
    assert "North Tuesday 9 March 2027 Thursday 18 March 2027" in said
    assert "South" not in said and "Lane" not in said


def test_what_is_over_is_no_longer_an_area_s_turn(site: Site) -> None:
    site.visits("North", [9] * 10)
    assert "North" in text(site.page())
    site.now = at("2027-03-10 10:00", site.rollout)
    said = text(site.page())
    assert "North " not in said.replace("Northwick", "") and "The days of the visits are not set yet" in said


def test_no_customer_is_on_the_page_and_no_area_s_name_is_html(site: Site) -> None:
    site.visits("<b>Hill</b>\u202e", [9] * 10)
    page = site.page().replace("1 Mill Road, Northwick", "")
    assert "&lt;b&gt;Hill&lt;/b&gt;</bdi>" in page
    assert not re.search(r"Ms Person|person\d|\+4474|Mill Road|NW000", page)


@pytest.mark.parametrize(("language", "direction", "said"), [
    ("en", "ltr", ("What is a smart meter?", "Do I have to have one?", "No. You may choose not to have a smart meter.",
                   "How do I tell an installer from an impostor?", "0800 123 4567")),
    ("ar", "rtl", ("ما العداد الذكي؟", "هل يلزمني تركيبه؟", "كيف أميّز الفني من المحتال؟")),
    ("ur", "rtl", ("سمارٹ میٹر کیا ہے؟", "کیا سمارٹ میٹر لگوانا لازمی ہے؟", "اصلی ٹیکنیشن اور دھوکے باز میں فرق کیسے کریں؟")),
    ("sw", "ltr", ("Mita janja ni nini?", "Je, ni lazima niwe nayo?", "Nitamtofautishaje fundi na tapeli?", "0800 123 4567")),
    ("cy", "ltr", ("Beth yw mesurydd clyfar?", "A oes rhaid i mi gael un?", "y gwahaniaeth rhwng gosodwr a thwyllwr?")),
])
def test_each_language_has_the_questions_and_the_way_to_the_others(
        site: Site, language: str, direction: str, said: tuple[str, ...]) -> None:
    page = site.page(language)
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert all(each in text(page) for each in said)
    assert page.count("<details>") == 17
    english = '<a href="/r/northwick/en" lang="en" hreflang="en">English</a>'
    assert {"en": '<a href="/r/northwick/ar" lang="ar" hreflang="ar">العربية</a>'}.get(language, english) in page


def test_the_page_is_small_and_asks_for_nothing_but_the_style_sheet(site: Site) -> None:
    site.visits(None, [9])
    site.crowd([f"Area of a long name, number {number:03d}" for number in range(160)])
    for language in ("en", "ar", "ur", "sw", "cy"):
        page = site.page(language)
        assert page.count("Area of a long name") == MOST_AREAS and len(page.encode()) < 60_000
        assert "<script" not in page and re.findall(r'(?:src|href)="([^"]+)"', page)[0] == "/style.css"
        assert not re.findall(r'(?:src|href)="https?:', page)


def test_a_page_is_kept_for_some_minutes_and_may_be_kept_by_others(site: Site) -> None:
    site.page()
    site.visits("North", [9] * 10)
    site.now += 299
    assert "North Tuesday" not in text(site.page())
    site.now += 1
    assert "North Tuesday" in text(site.page())
    answer = site.client.get("/r/northwick/en")
    assert answer.headers["cache-control"] == "public, max-age=300" and "noindex" not in answer.headers["x-robots-tag"]


@pytest.mark.parametrize("address", ["/r/nowhere/en", "/r/northwick/xx", "/r/northwick/..%2f", "/r/northwick/", "/r/%00/en",
                                     "/r/northwick/" + "e" * 5000])
def test_what_is_not_there_is_said_plainly(site: Site, address: str) -> None:
    answer = site.client.get(address)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/plain")
    assert "Traceback" not in answer.text and len(answer.text) < 200
