"""What may be said about a visit, in the words of each language."""

from typing import Any

import pytest

from doorstep.facts import SWITCHES, TEXTS, Facts
from doorstep.words import Library
from tests.making import make_rollout
from tests.words.desk import ROLLOUT, TEMPLATES, case_of

LIBRARY = Library.load(TEMPLATES)


def facts(language: str, **changes: Any) -> Facts:
    return LIBRARY.facts(make_rollout(**changes) if changes else ROLLOUT, language)


@pytest.mark.parametrize(("language", "country", "said"), [
    ("en", "GB", "Tuesday 9 March 2027"), ("en", "US", "Tuesday, March 9, 2027"), ("ar", "SA", "الثلاثاء 9 مارس 2027"),
    ("cy", "GB", "Dydd Mawrth 9 Mawrth 2027"),
    ("sw", "KE", "Jumanne, 9 Machi 2027"), ("lg", "UG", "Lwakubiri, 9 Marisi 2027"),
    ("ur", "GB", "منگل، 9 مارچ، 2027"), ("ru", "RU", "вторник, 9 марта 2027 г."), ("xx", "GB", "Tuesday, 9 March 2027"),
])
def test_a_day_is_said_as_the_language_says_it(language: str, country: str, said: str) -> None:
    region = {"region": None} if country != "GB" else {}
    assert facts(language, country=country, **region).texts(case_of(), ("visit.day",)) == [said]


@pytest.mark.parametrize(("start", "end", "english", "arabic"), [
    (480, 720, "8 am to 12 noon", "من 8 صباحًا إلى 12 ظهرًا"),
    (720, 960, "12 noon to 4 pm", "من 12 ظهرًا إلى 4 مساءً"),
    (510, 630, "8:30 am to 10:30 am", "من 8:30 صباحًا إلى 10:30 صباحًا"),
    (480, 1200, "at any time between 8 am and 8 pm", "في أي وقت بين 8 صباحًا و8 مساءً"),
    (0, 1440, "at any time of the day", "في أي وقت من اليوم"),
    (1200, 1440, "8 pm to midnight", "من 8 مساءً إلى 12 منتصف الليل"),
    (810, None, "from 1:30 pm", "بدءًا من 1:30 مساءً"),
    (None, 1020, "before 5 pm", "قبل 5 مساءً"),
    (None, None, "at a time we will tell you", "في وقت سنخبركم به"),
])
def test_a_window_is_said_as_people_say_it(start: int | None, end: int | None, english: str, arabic: str) -> None:
    case = case_of(window_start=start, window_end=end)
    assert facts("en").texts(case, ("visit.window",)) == [english]
    assert facts("ar").texts(case, ("visit.window",)) == [arabic]


@pytest.mark.parametrize(("start", "end", "said"), [
    (480, 720, "kuanzia saa 2 asubuhi hadi saa 6 mchana"), (810, 990, "kuanzia saa 7:30 mchana hadi saa 10:30 jioni"),
    (480, 1200, "wakati wowote kati ya saa 2 asubuhi na saa 2 usiku"), (1380, 1440, "kuanzia saa 5 usiku hadi saa 6 usiku"),
    (150, 300, "kuanzia saa 8:30 usiku hadi saa 11 alfajiri"), (None, 360, "kabla ya saa 12 asubuhi"),
])
def test_swahili_counts_the_hours_from_sunrise(start: int | None, end: int | None, said: str) -> None:
    assert facts("sw").texts(case_of(window_start=start, window_end=end), ("visit.window",)) == [said]


def test_a_language_without_a_file_of_its_own_gets_plain_hours() -> None:
    assert facts("xx").texts(case_of(), ("visit.window",)) == ["08:00-12:00"]


@pytest.mark.parametrize(("commodities", "meters", "said"), [
    ("electricity", 1, "electricity meter"), ("electricity", 2, "electricity meters"), ("gas", 1, "gas meter"),
    ("electricity,gas", 2, "electricity and gas meters"), ("water", 1, "water meter"), ("steam", 1, "meter"),
])
def test_meters_are_named(commodities: str, meters: int, said: str) -> None:
    assert facts("en").texts(case_of(commodities=commodities, meters=meters), ("visit.meters",)) == [said]


@pytest.mark.parametrize(("address", "town", "said"), [
    ("1 Mill Road", "Northwick", "1 Mill Road, Northwick"),
    ("1 Mill Road, Northwick", "Northwick", "1 Mill Road, Northwick"),
    (None, "Northwick", "Northwick"), (None, None, "the address we hold for you"),
])
def test_a_premise_is_one_short_line_and_never_empty(address: str | None, town: str | None, said: str) -> None:
    assert facts("en").texts(case_of(address=address, town=town), ("customer.address",)) == [said]


def test_the_day_of_an_outcome_is_the_premises_own() -> None:
    late = case_of(outcome_at=1_830_297_600 + 23 * 3600 + 1800, zone="Asia/Riyadh")     # 23:30 UTC is the next day there
    assert facts("en").texts(late, ("visit.done_day",)) == ["Sunday 2 January 2028"]


@pytest.mark.parametrize(("old_day", "old_start", "old_end", "changed", "moved"), [
    (None, None, None, False, False),
    ("2027-03-09", 480, 720, False, False),
    ("2027-03-09", 780, 1020, True, False),
    ("2027-03-02", 480, 720, True, True),
    ("2027-03-09", None, None, False, False),          # to name the time now is news, not a correction
    ("2027-03-02", None, None, True, True),
])
def test_a_visit_has_changed_when_it_is_not_what_we_told(old_day: str | None, old_start: int | None, old_end: int | None,
                                                         changed: bool, moved: bool) -> None:
    case = case_of(old_day=old_day, old_start=old_start, old_end=old_end)
    assert facts("en").switches(case, ("visit.changed", "visit.day_moved")) == (changed, moved)


@pytest.mark.parametrize(("minutes", "commodities", "off", "said"), [
    (None, "electricity", True, "20"), (45, "electricity,gas", True, "45"),
    (0, "electricity", False, "0"), (45, "gas", False, "45"),
])
def test_power_goes_off_only_where_there_is_power(minutes: int | None, commodities: str, off: bool, said: str) -> None:
    case = case_of(power_off_minutes=minutes, commodities=commodities)
    assert facts("en").switches(case, ("visit.power_off",)) == (off,)
    assert facts("en").texts(case, ("visit.power_off_minutes",)) == [said]


@pytest.mark.parametrize(("name", "said"), [
    ("Ms Andrea O'Neill", "Ms Andrea O'Neill"), (None, ""), ("Zoë\u202e evil", "Zoë evil"),
    ("X\r\nBcc: e@example.com", "X Bcc: e@example.com"), ("a\x00b\tc", "ab c"), ("Jo\U000e0041hn", "John"),
    ("e\u0301" + "\u0301" * 30, "é" + "\u0301" * 4), ("\ud800Ann", "Ann"), ("N" * 500, "N" * 120),
    ("نورة\u200f بنت", "نورة بنت"), ("می\u200cخواهم", "می\u200cخواهم"), ("\u200b\u2066", ""),
])
def test_a_name_holds_nothing_unseen(name: str | None, said: str) -> None:
    assert facts("en").texts(case_of(name=name), ("customer.name",)) == [said]
    assert facts("en").switches(case_of(name=name), ("customer.named",)) == (bool(said),)


def test_every_name_that_words_may_use_has_a_maker() -> None:
    both = facts("en")
    assert len(both.texts(case_of(), tuple(TEXTS))) == len(TEXTS)
    assert len(both.switches(case_of(), tuple(SWITCHES))) == len(SWITCHES)


def test_constants_are_spoken_in_the_language() -> None:
    utility = make_rollout().file.utility.model_dump() | {"name": {"en": "Grid", "ar": "الشبكة"}}
    assert facts("ar", utility=utility).constants["utility.name"] == "الشبكة"
