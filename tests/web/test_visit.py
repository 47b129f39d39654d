"""The customer's page in each of its states, in each language, and for whoever has no good link."""

import re
import string
from pathlib import Path
from typing import Any

import pytest

from doorstep.model import Notice, Visit
from doorstep.settings import CHECKOUT
from doorstep.web.words import Pages
from tests.making import make_rollout
from tests.web.own_page import Home, Seen

PAGES = ("", "/move", "/note", "/messages", "/ask", "/call", "/refuse", "/quiz", "/rate")
NAJD = {"name": {"ar": "كهرباء نجد", "en": "Najd Electricity"}, "short_name": "Najd", "phone": "800 124 0192",
        "website": "najd.example", "address": "Riyadh", "email": "m@najd.example"}
ARABIC: dict[str, Any] = {"languages": ["ar", "en"], "country": "SA", "region": None, "zone": "Asia/Riyadh", "utility": NAJD}


def words(page: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


@pytest.mark.parametrize(("visit", "said", "not_said"), [
    ({"status": "planned"}, "We plan to come on Tuesday 9 March 2027 , 8 am to 12 noon", "Tell us how it went"),
    ({"status": "booked"}, "Your appointment is on Tuesday 9 March 2027", "new date"),
    ({"status": "booked", "window_start": None, "window_end": None}, "at a time we will tell you", "None"),
    ({"status": "booked", "presence_required": 1}, "Someone aged 18 or over must be in all the time", "Nobody, if we can"),
    ({"status": "booked", "power_off_minutes": 35}, "Off for about 35 minutes", "Stays on"),
    ({"status": "booked", "commodities": "water"}, "Stays on", "power goes off"),
    ({"status": "booked", "commodities": "electricity,gas"}, "gas appliances light again", "Tell us how it went"),
    ({"status": "booked", "prepaid": 1}, "Your prepaid balance is kept", "Tell us how it went"),
    ({"status": "en_route"}, "The installer is on the way", "Yes, this time suits me"),
    ({"status": "booked", "day": "2027-02-20"}, "We do not know yet how it went", "Your appointment is on"),
    ({"status": "completed", "outcome_at": 1803801600}, "Meterfit fitted it on Sunday 28 February 2027", "this time suits me"),
    ({"status": "aborted", "outcome": "no_access", "outcome_at": 1803801600}, "we could not get in", "£40"),
    ({"status": "aborted", "outcome": "technical", "outcome_at": 1803801600}, "we owe you £40", "Is it really our installer"),
    ({"status": "cancelled", "outcome": "weather", "outcome_at": 1803801600}, "We will not come on Tuesday 9 March", "£40"),
    ({"status": "cancelled", "outcome": "by_utility", "outcome_at": 1803801600}, "we owe you £40", "this time suits me"),
    ({"status": "refused", "outcome_at": 1803801600}, "You can change your mind at any time", "Yes, this time suits me"),
])
def test_each_state_says_what_stands_and_what_to_do(tmp_path: Path, visit: dict[str, Any], said: str, not_said: str) -> None:
    home = Home(tmp_path, rollout=make_rollout(compensation="£40"), **visit)
    page = home.get()
    assert page.status_code == 200
    assert said in words(page.text) and not_said not in words(page.text)


def test_a_visit_that_moved_names_the_date_that_no_longer_holds(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.world.put(Notice, rollout="northwick", notice="reminder", phase="before", purpose="duty", visit_id=home.visit,
                   customer_id=1, occasion="2027-03-09", due_at=0, until_at=0, not_before=0, state="accepted",
                   told_day="2027-03-04", told_start=480, told_end=720, created_at=0, attempted_at=5)
    assert "It takes the place of Thursday 4 March 2027" in words(home.get().text)


def test_the_link_of_a_visit_that_joined_another_shows_the_one_that_stands(tmp_path: Path) -> None:
    home = Home(tmp_path, status="merged")
    other = home.world.visit("2027-03-16", status="booked", customer_id=1)
    home.world.change(home.visit, home.now, merged_into=other)
    assert "Tuesday 16 March 2027" in words(home.get().text)
    assert "Tuesday 16 March 2027" in home.follow("/confirm")


def test_visits_that_joined_in_a_circle_do_not_go_round_for_ever(tmp_path: Path) -> None:
    home = Home(tmp_path, status="merged")
    home.world.change(home.visit, home.now, merged_into=home.visit)
    assert "joined another" in words(home.get().text)


def test_nobody_is_named_and_addresses_are_masked(tmp_path: Path) -> None:
    home = Home(tmp_path, town="Smallhythe", postcode="NW1 9ZZ")
    for rest in PAGES:
        page = home.get(rest).text
        for secret in ("Person 1", "person1@", "example.com", "+447400123401", "7400123401", "Smallhythe", "NW1 9ZZ"):
            assert secret not in page, (rest, secret)
    assert "1 Mill Road" in home.get().text
    assert "p•••@e•••.com" in home.get("/messages").text and "••• 401" in home.get("/messages").text


@pytest.mark.parametrize("bend", [
    lambda path: path[:-1], lambda path: path + "A", lambda path: path[:3] + path[4:] + "A", lambda path: "/v/" + "A" * 23,
    lambda path: path.replace("/v/", "/v/%00"), lambda path: "/v/" + "é" * 23, lambda path: path[:-1] + chr(ord(path[-1]) ^ 1)])
def test_every_link_that_is_not_ours_gets_the_same_page(tmp_path: Path, bend: Any) -> None:
    home = Home(tmp_path)
    expected = home.browser.get("/v/" + "B" * 23)
    answer = home.browser.get(bend(home.path()))
    assert (answer.status_code, answer.text) == (404, expected.text)
    assert "We cannot find this page" in answer.text


def test_the_link_to_a_visit_that_does_not_exist_gets_that_page_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.browser.get(home.path(visit=77)).text == home.browser.get("/v/" + "B" * 23).text


@pytest.mark.parametrize("rest", ["", "/move", "/asked/1", "/visit.ics"])
def test_an_expired_link_says_nothing_about_anybody(tmp_path: Path, rest: str) -> None:
    home = Home(tmp_path)
    path = home.path(rest)
    home.now += 120 * 86400
    answer = home.browser.get(path)
    assert answer.status_code == 410 and "0800 123 4567" in answer.text
    assert "Mill Road" not in answer.text and "March" not in answer.text and "NW0000001" not in answer.text


def test_a_page_without_a_good_link_speaks_the_browsers_language(tmp_path: Path) -> None:
    home = Home(tmp_path)
    page = home.browser.get("/v/nothing", headers={"accept-language": "ar-SA,ar;q=0.9,en;q=0.5"}).text
    assert 'lang="ar" dir="rtl"' in page


def test_the_page_speaks_the_customers_language_from_right_to_left(tmp_path: Path) -> None:
    home = Home(tmp_path, rollout=make_rollout(**ARABIC), language="ar", address="شارع الأمير سلطان 27")
    page = home.get().text
    assert '<html lang="ar" dir="rtl">' in page and "كهرباء نجد" in page
    assert "<bdi>الثلاثاء 9 مارس 2027</bdi>" in page and "من 8 صباحًا إلى 12 ظهرًا" in page
    assert '<a class="ltr" dir="ltr" href="tel:8001240192">800 124 0192</a>' in page


def test_a_language_without_words_falls_back_along_the_chain(tmp_path: Path) -> None:
    home = Home(tmp_path, rollout=make_rollout(languages=["en", "pl"]), language="pl")
    assert '<html lang="en" dir="ltr">' in home.get().text


@pytest.mark.parametrize("status", ["planned", "completed", "aborted"])
@pytest.mark.parametrize("language", ["en", "ar", "ur", "sw", "cy"])
def test_every_page_is_light_labelled_and_without_script(tmp_path: Path, language: str, status: str) -> None:
    home = Home(tmp_path, rollout=make_rollout(languages=["en", "ar", "ur", "sw", "cy"], refusal_allowed=True), language=language,
                status=status, outcome_at=1803801600)
    for day in range(10, 30):
        home.slot(f"2027-03-{day}", capacity=3)
    for rest in PAGES:
        page = home.get(rest)
        if page.status_code == 303:
            continue
        seen = Seen(page.text)
        assert f'<html lang="{language}"' in page.text
        assert len(page.content) < 60_000
        assert "script" not in seen.tags and "style" not in seen.tags and " style=" not in page.text
        assert len(seen.ids) == len(set(seen.ids)) and seen.referred <= set(seen.ids), rest
        assert {field["id"] for field in seen.fields} <= seen.labels and all(form["method"] == "post" for form in seen.forms)
        assert seen.headings[0] == 1 and seen.headings.count(1) == 1
        assert all(home.path() in form["action"] for form in seen.forms)
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"


def test_looking_at_pages_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, rollout=make_rollout(refusal_allowed=True))
    home.slot("2027-03-10")
    before = home.kept(), home.rows(Visit)
    for rest in (*PAGES, "/visit.ics", "/confirm", "/take", "/stop", "/language", "/display", "/asked/1", "?done=refused"):
        home.get(rest)
        home.browser.head(home.path(rest))
    assert (home.kept(), home.rows(Visit)) == before


def test_a_link_that_says_what_was_not_done_is_not_believed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for done in ("confirmed", "refused", "called", "fault", "<b>", "nothing"):
        assert 'role="status"' not in home.get(f"?done={done}").text


def _told(words: Any, path: str = "") -> dict[str, list[str]]:
    if isinstance(words, dict):
        return {name: said for key, value in words.items() for name, said in _told(value, f"{path}.{key}").items()}
    said = [words] if isinstance(words, str) else words
    return {path: sorted(gap for each in said for _, gap, _, _ in string.Formatter().parse(each) if gap)}


def test_every_language_says_the_same_things_with_the_same_gaps() -> None:
    pages = Pages(CHECKOUT / "templates")
    assert {"en", "ar", "ur", "sw", "cy"} <= set(pages.languages("visit"))
    first = _told(pages.words("visit", "en"))
    for language in pages.languages("visit"):
        assert _told(pages.words("visit", language)) == first
