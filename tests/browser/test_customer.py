"""A customer at the page, on a phone, with a script and without: every deed from the first tap to what we know afterwards."""

import re
from collections.abc import Callable

import pytest
from icalendar import Calendar
from playwright.sync_api import expect
from sqlalchemy import select
from sqlmodel import SQLModel

from doorstep.model import Customer, Enquiry, Request, Stop, SurveyAnswer, Visit, VisitNote, table
from tests.browser.conftest import Open, keep_picture
from tests.browser.site import Site
from tests.browser.tapping import follow, headed, tap, told

Row = dict[str, object]
WAYS = pytest.mark.parametrize("script", [True, False], ids=["with a script", "without a script"])


@pytest.fixture
def visit(site: Site) -> Callable[..., int]:
    """A visit of the test's own, in English unless it says otherwise."""
    return lambda **values: site.visit(**{"status": "booked", "language": "en", **values})


def rows(site: Site, of: type[SQLModel], **wanted: object) -> list[Row]:
    found = table(of)
    with site.world.store.read() as connection:
        said = select(found).where(*(found.c[name] == value for name, value in wanted.items()))
        return [dict(row) for row in connection.execute(said).mappings()]


@WAYS
def test_it_says_yes_to_the_time(site: Site, opened: Open, visit: Callable[..., int], script: bool) -> None:
    mine = visit()
    page = opened(site.page(mine), script=script)
    tap(page, "Yes, this time suits me", "Thank you. You told us that Monday 15 March 2027")
    page.reload()
    told(page, "You told us that this time suits you.")
    assert rows(site, VisitNote, visit_id=mine)[0]["confirmed_at"] == site.now


@WAYS
def test_it_chooses_another_time_and_finds_it_in_its_calendar(site: Site, opened: Open, visit: Callable[..., int],
                                                              script: bool) -> None:
    mine = visit()
    page = opened(site.page(mine), script=script)
    follow(page, "Choose another time", "Choose another time")
    page.get_by_label(re.compile("17 March")).first.check()
    keep_picture(page, f"move-{'script' if script else 'plain'}")
    tap(page, page.locator("form[action$='/move'] button"), "Is this the right time?")
    tap(page, page.locator("form[action$='/take'] button"), "Your visit is now on Wednesday 17 March 2027")
    (now,) = rows(site, Visit, id=mine)
    assert (now["day"], now["status"], now["version"]) == ("2027-03-17", "booked", 2)
    assert rows(site, Request, visit_id=mine)[0]["kind"] == "move"
    file = site.fetch(site.page(mine) + "/visit.ics")
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert file.headers["content-type"].startswith("text/calendar")
    assert event["SEQUENCE"] == 2 and event.decoded("DTSTART").date().isoformat() == "2027-03-17"


@WAYS
def test_it_says_who_will_be_there_and_that_a_machine_must_keep_running(site: Site, opened: Open, visit: Callable[..., int],
                                                                        script: bool) -> None:
    mine = visit()
    page = opened(site.page(mine), script=script)
    follow(page, re.compile("Tell us who will be there"), "Tell us about the visit")
    page.locator("input[name=present][value=someone]").check()
    tap(page, page.locator("form[action$='/note'] button"), "Please write the name of the person who will be there.")
    expect(page.locator("input[name=present][value=someone]")).to_be_checked()         # and nothing typed is lost
    page.locator("input[name=who]").fill("Mr <b>Neighbour</b> Ødegård")
    page.locator("input[name=medical][value=yes]").check()
    tap(page, page.locator("form[action$='/note'] button"), "Someone will call you about your equipment before the visit")
    (note,) = rows(site, VisitNote, visit_id=mine)
    assert (note["present"], note["medical"]) == ("someone", 1)
    assert [each["kind"] for each in rows(site, Enquiry, visit_id=mine)] == ["needs"]


@WAYS
def test_it_asks_and_says_whether_it_was_answered(site: Site, opened: Open, visit: Callable[..., int], script: bool) -> None:
    mine = visit()
    page = opened(site.page(mine), script=script)
    follow(page, "Ask a question or tell us what worries you", "Ask us")
    page.locator("input[name=kind][value=concern]").check()
    page.locator("select[name=topic]").select_option("health")
    page.locator("textarea[name=words]").fill("Is it <script>alert(1)</script> bad for my mother's pacemaker?")
    tap(page, "Send", "Health Security Agency")
    keep_picture(page, f"answer-{'script' if script else 'plain'}")
    tap(page, "Yes, it did", "Good. Thank you for telling us.")
    (asked,) = rows(site, Enquiry, visit_id=mine)
    assert (asked["kind"], asked["topic"], asked["satisfied"]) == ("concern", "health", 1)


@WAYS
def test_it_hears_from_us_in_arabic_from_now_on(site: Site, opened: Open, visit: Callable[..., int], script: bool) -> None:
    mine = visit()
    page = opened(site.page(mine), script=script)
    page.locator("form[action$='/language'] button").first.click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    customer = rows(site, Visit, id=mine)[0]["customer_id"]
    (row,) = rows(site, Customer, id=customer)
    assert (row["language"], row["language_chosen"]) == ("ar", 1)


@WAYS
def test_it_stops_texts_and_starts_them_again(site: Site, opened: Open, visit: Callable[..., int], script: bool) -> None:
    page = opened(site.page(visit(phone="+447400999001")), script=script)
    follow(page, "Choose how and how often you hear from us", "How you hear from us")
    tap(page, page.locator("form:has(input[name=channel][value=sms]) button").first, "It is stopped.")
    (stop,) = [each for each in rows(site, Stop, address="+447400999001", channel="sms") if each["ended_at"] is None]
    assert stop["reason"] == "stop"
    follow(page, "Choose how and how often you hear from us", "How you hear from us")
    tap(page, page.locator("form:has(input[name=channel][value=sms]) button").last, "You will hear from us in this way again.")
    assert not [each for each in rows(site, Stop, address="+447400999001", channel="sms") if each["ended_at"] is None]


@WAYS
def test_it_refuses_the_meter_only_after_it_was_told_what_that_means(site: Site, opened: Open, visit: Callable[..., int],
                                                                     script: bool) -> None:
    mine = visit()
    page = opened(site.page(mine), script=script)
    follow(page, "Say that you do not want a smart meter", "You do not want a smart meter?")
    told(page, "£12 a month")
    tap(page, page.locator("form[action$='/refuse'] button"), "Please tick the box if you are sure.")
    page.locator("input[name=sure]").check()
    tap(page, page.locator("form[action$='/refuse'] button"), "We will confirm it in writing within two working days.")
    assert rows(site, Visit, id=mine)[0]["status"] == "refused"
    assert rows(site, Request, visit_id=mine)[0]["kind"] == "refuse"


@WAYS
def test_it_says_how_the_visit_went(site: Site, opened: Open, visit: Callable[..., int], script: bool) -> None:
    mine = visit(status="completed", day="2027-02-25", outcome_at=1_803_560_400)
    page = opened(site.page(mine), script=script)
    follow(page, "Tell us how it went", "How did it go?")
    page.locator("input[name=rating][value='5']").check()
    tap(page, "Send", "Thank you. Your answers help us")
    assert [each["value"] for each in rows(site, SurveyAnswer, visit_id=mine, question="rating")] == [5]


def test_the_back_button_and_a_second_tap_do_nothing_twice(site: Site, opened: Open, visit: Callable[..., int]) -> None:
    mine = visit()
    page = opened(site.page(mine))
    follow(page, "Ask us to call you", "We call you")
    tap(page, "Please call me", "Thank you. Customer team will call you by")
    assert len(rows(site, Enquiry, visit_id=mine)) == 1
    page.go_back()
    headed(page, "We call you")
    tap(page, "Please call me", "Thank you. Customer team will call you by")
    assert len(rows(site, Enquiry, visit_id=mine)) == 1


def test_a_keyboard_reaches_every_deed_and_sees_where_it_is(site: Site, opened: Open, visit: Callable[..., int]) -> None:
    page = opened(site.page(visit()), phone=False)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break                   # the last one was left
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", reached[-1]
    for name in ("Yes, this time suits me", "Choose another time", "Ask a question or tell us what worries you"):
        assert name in reached
