"""What customers say, or leave unsaid, makes notices due: requests repeated, concerns answered, stops confirmed."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from doorstep.conversation.on_the_spot import answer_on_the_spot
from doorstep.delivery.lines import Lines
from doorstep.forecast import forecast
from doorstep.links import Links
from doorstep.model import Enquiry, Journal, Reply, Rumour, Stop, table
from doorstep.rollout.plan_rows import Condition, read_row
from tests.making import at
from tests.town import LIBRARY, Town

PRESENT = {"presence_required": 1}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def moment(town: Town, when: str) -> int:
    return at(when, town.world.rollout)


def days(town: Town, first: str, last: str) -> None:
    """Every other day from one to another, some minutes after each hour at which a request may be made."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        for clock in ("10:05", "14:05", "18:05"):
            town.night(f"{day} {clock}")
        day += timedelta(days=2)


def local(town: Town, now: int) -> str:
    return datetime.fromtimestamp(now, town.world.rollout.zone).strftime("%Y-%m-%d %H:%M")


def asked(town: Town) -> list[str]:
    """When requests for an appointment went out: month, day and hour."""
    return [local(town, row.attempted_at)[5:13] for row in town.world.notices(notice="appointment-request") if row.attempted_at]


def said(town: Town, visit: int, meant: str, when: str, channel: str = "sms", ref: str = "r1") -> int:
    return town.world.put(Reply, rollout="northwick", ref=ref, at=moment(town, when), channel=channel, customer_id=visit,
                          visit_id=visit, meant=meant)


def concern(town: Town, visit: int, when: str, **values: Any) -> int:
    return town.world.put(Enquiry, **{
        "rollout": "northwick", "kind": "concern", "topic": "health", "customer_id": visit, "visit_id": visit, "area": "North",
        "channel": "sms", "language": "en", "owner": "Customer team", "opened_at": moment(town, when),
        "due_at": moment(town, when) + 172_800, **values})


def did(town: Town, visit: int, kind: str, when: str, data: str | None = None) -> None:
    town.world.put(Journal, at=moment(town, when), rollout="northwick", kind=kind, visit_id=visit, customer_id=visit, data=data)


def test_who_answers_nothing_is_asked_three_times_at_other_hours_some_days_apart(town: Town) -> None:
    town.world.visit("2027-03-09", **PRESENT)
    days(town, "2027-02-07", "2027-03-01")
    assert asked(town) == ["02-11 10", "02-15 14", "02-19 18"]
    assert [row.due_at for row in town.world.notices(notice="appointment-request")] == [
        moment(town, when) for when in ("2027-02-11 10:00", "2027-02-15 14:00", "2027-02-19 18:00")]


@pytest.mark.parametrize(("kind", "data", "requests"), [
    ("replied", "move", 1), ("confirmed", "page", 1), ("asked", "page", 1), ("replied", "stop", 3), ("viewed", None, 3),
])
def test_an_answer_of_any_kind_ends_the_requests(town: Town, kind: str, data: str | None, requests: int) -> None:
    visit = town.world.visit("2027-03-09", **PRESENT)
    days(town, "2027-02-07", "2027-02-12")
    did(town, visit, kind, "2027-02-13 11:00", data)
    days(town, "2027-02-13", "2027-02-21")                # the last request is made on the 19th
    assert len(asked(town)) == requests


def test_an_answer_from_before_the_formal_notice_is_none(town: Town) -> None:
    visit = town.world.visit("2027-03-09", **PRESENT)
    did(town, visit, "replied", "2027-02-01 11:00", "question")
    days(town, "2027-02-07", "2027-02-12")
    assert len(asked(town)) == 1


@pytest.mark.parametrize(("values", "requests"), [
    ({}, 0), ({"presence_required": 1, "status": "booked"}, 0), ({"presence_required": 1}, 1),
])
def test_only_who_must_be_in_and_has_no_appointment_is_asked_for_one(town: Town, values: dict[str, Any], requests: int) -> None:
    town.world.visit("2027-03-09", **values)
    days(town, "2027-02-07", "2027-02-12")
    assert len(asked(town)) == requests


def test_a_booking_made_while_the_request_waits_takes_it_back(town: Town) -> None:
    visit = town.world.visit("2027-03-09", **PRESENT)
    days(town, "2027-02-07", "2027-02-10")
    town.night("2027-02-11 10:00", send=False)
    town.world.change(visit, moment(town, "2027-02-11 10:01"), status="booked")
    town.night("2027-02-11 10:05")
    assert [row.state for row in town.world.notices(notice="appointment-request")] == ["void"]


def test_no_request_comes_later_than_ten_days_before_the_visit(town: Town) -> None:
    town.world.visit("2027-03-09", **PRESENT)
    town.night("2027-02-20 09:00")                        # known late: the formal notice goes out 17 days before
    days(town, "2027-02-20", "2027-03-08")
    assert asked(town) == ["02-24 10"]


def test_the_dry_run_foresees_the_first_request_and_no_other(town: Town) -> None:
    town.world.visit("2027-03-09", **PRESENT)
    town.night("2027-02-07 09:00")
    rows = list(forecast(town.world.store, town.world.rollout, now=moment(town, "2027-02-08 09:00"), days=20))
    foreseen = [(row.day, row.channel, row.count) for row in rows if row.notice == "appointment-request"]
    assert foreseen == [("2027-02-11", "sms", 1)]


@pytest.mark.parametrize(("channel", "carries"), [("sms", "sms"), ("email", "email"), ("page", "email")])
def test_a_concern_is_answered_at_once_by_the_channel_it_came_by(town: Town, channel: str, carries: str) -> None:
    visit = town.world.visit("2027-03-09")
    number = concern(town, visit, "2027-02-01 10:00", channel=channel)
    town.night("2027-02-01 10:02")
    town.night("2027-02-01 10:04")
    row = town.one(notice="concern-answer")
    assert (row.channel, row.occasion, row.state) == (carries, f"concern:{number}", "accepted")
    assert "evidence to date suggests" in town.said(carries)[-1] and "UK Health Security Agency" in town.said(carries)[-1]


def test_a_question_that_only_a_person_can_answer_waits_for_one(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    number = concern(town, visit, "2027-02-01 10:00", kind="question", topic="other")
    town.night("2027-02-01 10:02")
    assert not town.world.notices(notice="concern-answer")
    answered(town, number, "2027-02-02 11:00")
    town.night("2027-02-02 11:05")
    assert town.one(notice="concern-answer").occasion == f"answer:{number}.{moment(town, '2027-02-02 11:00')}"
    assert "The old meter goes to a recycler in Leeds." in town.said("sms")[-1]


def answered(town: Town, number: int, when: str, **values: Any) -> None:
    with town.world.store.write() as connection:
        connection.execute(update(table(Enquiry)).where(table(Enquiry).c.id == number).values(
            state="answered", answered_at=moment(town, when), answered_by="Ann", source="Field team",
            **{"answer": "The old meter goes to a recycler in Leeds.", **values}))


def test_what_a_person_adds_to_our_first_answer_is_told_too(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    number = concern(town, visit, "2027-02-01 10:00")
    town.night("2027-02-01 10:02")
    answered(town, number, "2027-02-01 15:00")
    town.night("2027-02-01 15:05")
    assert [row.occasion for row in town.world.notices(notice="concern-answer")] == [
        f"concern:{number}", f"answer:{number}.{moment(town, '2027-02-01 15:00')}"]


def test_a_persons_answer_that_comes_first_takes_the_place_of_ours(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    number = concern(town, visit, "2027-02-01 23:00")
    town.night("2027-02-01 23:05")                                       # quiet hours: it waits
    answered(town, number, "2027-02-02 07:30")
    town.night("2027-02-02 08:05")
    assert [(row.occasion, row.state) for row in town.world.notices(notice="concern-answer")] == [
        (f"concern:{number}", "void"), (f"answer:{number}.{moment(town, '2027-02-02 07:30')}", "accepted")]


@pytest.mark.parametrize("values", [
    {"channel": "call"}, {"kind": "call_me"}, {"state": "closed"}, {"rollout": "kampala"}, {"topic": "other"}])
def test_what_is_no_question_in_writing_gets_no_answer_in_writing(town: Town, values: dict[str, str]) -> None:
    concern(town, town.world.visit("2027-03-09"), "2027-02-01 10:00", **values)
    town.night("2027-02-01 10:02")
    assert not town.world.notices(notice="concern-answer")


def test_a_concern_about_no_visit_in_particular_is_answered_about_the_newest(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    concern(town, visit, "2027-02-01 10:00", visit_id=None)
    town.night("2027-02-01 10:02")
    assert town.one(notice="concern-answer").visit_id == visit


def rumour(town: Town, state: str = "approved", area: str = "North") -> int:
    when = moment(town, "2027-02-01 10:00")
    return town.world.put(Rumour, rollout="northwick", area=area, topic="cost", count=6, found_at=when, state=state,
                          decided_at=when if state != "found" else None, decided_by="Ann" if state != "found" else None)


@pytest.mark.parametrize(("state", "told"), [("found", []), ("dismissed", []), ("approved", [1, 4])])
def test_a_rumour_is_answered_in_its_area_once_a_person_approved(town: Town, state: str, told: list[int]) -> None:
    for area, status in (("North", "planned"), ("South", "planned"), ("North", "completed"), ("North", "booked")):
        town.world.visit("2027-03-09", area=area, status=status)
    rumour(town, state)
    for minute in (2, 4):
        town.night(f"2027-02-01 10:0{minute}")
    assert [row.visit_id for row in town.world.notices(notice="rumour-answer", state="accepted")] == told
    assert not told or "Will it cost me anything?" in town.said("email")[-1]


def test_a_rumour_dismissed_after_all_goes_no_further(town: Town) -> None:
    town.world.visit("2027-03-09", area="North")
    number = rumour(town)
    town.night("2027-02-01 10:02", send=False)
    with town.world.store.write() as connection:
        connection.execute(update(table(Rumour)).where(table(Rumour).c.id == number).values(state="dismissed"))
    town.night("2027-02-01 10:05")
    assert town.one(notice="rumour-answer").state == "void"


def stop(town: Town, visit: int) -> None:
    town.world.put(Stop, rollout="northwick", channel="sms", address=f"+4474001234{visit:02d}", reason="stop", at=0)


def test_a_stop_is_confirmed_once_by_that_channel_and_by_nothing_else(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    said(town, visit, "stop", "2027-02-01 22:30")                        # quiet hours, and a stop in force
    said(town, visit, "stop", "2027-02-01 22:31", ref="r2")
    town.night("2027-02-01 22:32")
    town.night("2027-02-01 22:34")
    row = town.one(notice="stop-confirmed")
    assert (row.channel, row.state, len(town.said("sms"))) == ("sms", "accepted", 1)
    assert "no more text messages" in town.said("sms")[0]


def test_a_stop_from_an_address_that_is_not_the_customers_is_not_confirmed_to_the_customer(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    said(town, visit, "stop", "2027-02-01 10:00")
    town.night("2027-02-01 10:02")
    assert not town.world.notices(notice="stop-confirmed")


def test_a_stop_heard_of_too_late_is_not_confirmed(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    said(town, visit, "stop", "2027-02-01 10:00")
    town.night("2027-02-01 10:05")
    assert not town.world.notices(notice="stop-confirmed")


def test_a_confirmation_that_the_carrier_refuses_takes_no_other_way(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    said(town, visit, "stop", "2027-02-01 10:00")
    town.streets["sms"].answer = "refused"
    town.night("2027-02-01 10:01")
    town.night("2027-02-01 10:03")
    row = town.one(notice="stop-confirmed")
    assert (row.state, row.tried, row.attempt) == ("failed", "sms", 1)


def test_a_stop_after_a_new_start_is_confirmed_again(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    for number, (meant, minute) in enumerate((("stop", 0), ("start", 1), ("stop", 2))):
        said(town, visit, meant, f"2027-02-01 10:0{minute}", ref=f"r{number}")
    town.night("2027-02-01 10:03")
    assert len(town.world.notices(notice="stop-confirmed")) == 2


def test_help_is_answered_by_the_channel_that_asked_even_where_it_is_stopped(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    said(town, visit, "help", "2027-02-01 10:00")
    said(town, visit, "help", "2027-02-01 10:01", ref="r2")              # a machine that answers us with our own word
    said(town, visit, "help", "2027-02-01 15:00", "email", ref="r3")
    town.night("2027-02-01 10:02")
    town.night("2027-02-01 15:02")
    assert [(row.channel, row.state) for row in town.world.notices(notice="help-answer")] == [
        ("sms", "accepted"), ("email", "accepted")]


def test_whom_we_failed_is_asked_how_we_did_once_and_who_asked_us_to_cancel_is_not(town: Town) -> None:
    visits = [town.world.visit("2027-03-09") for _ in range(3)]
    town.night("2027-02-22 09:00")                                       # told of the date
    when = moment(town, "2027-03-09 10:00")
    for visit, (status, outcome) in zip(visits, (("aborted", "no_access"), ("cancelled", "by_utility"),
                                                 ("cancelled", "by_customer")), strict=True):
        town.world.change(visit, when, status=status, outcome=outcome, outcome_at=when, attempts=int(status == "aborted"))
    town.night("2027-03-10 10:00")
    assert [row.visit_id for row in town.world.notices(notice="how-did-we-do", state="accepted")] == visits[:2]
    again = moment(town, "2027-03-12 10:00")
    town.world.change(visits[0], again, status="aborted", outcome="no_access", outcome_at=again, attempts=2)
    town.night("2027-03-13 10:00")
    assert len(town.world.notices(notice="how-did-we-do", visit_id=visits[0])) == 1


def test_stops_and_calls_for_help_are_answered_at_once_and_nothing_else_goes_out_with_them(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    said(town, visit, "stop", "2027-02-07 10:00")                        # a day on which the formal notice is due
    lines = Lines.of(dict(town.streets))
    for minute in (1, 2):
        answer_on_the_spot(town.world.store, town.world.rollout, library=LIBRARY, lines=lines,
                           now=moment(town, f"2027-02-07 10:0{minute}"))
    assert [(row.notice, row.state) for row in town.world.notices()] == [("stop-confirmed", "accepted")]


def test_a_message_carries_the_customers_own_page_where_customers_can_reach_it(town: Town) -> None:
    visits = {channel: town.world.visit("2027-03-09", prefers=channel) for channel in ("sms", "email", "post")}
    town.links = Links(["key"], "https://meters.example")
    town.night("2027-02-22 09:00")
    for channel in ("sms", "email"):
        token = re.search(r"https://meters\.example/v/([\w-]{23})", town.said(channel)[-1])
        assert token and town.links.visited(token[1], moment(town, "2027-03-16 10:00")) == (visits[channel], True)
    assert town.said("post") and "meters.example" not in "".join(town.said("post"))


def test_a_text_message_that_the_address_makes_too_long_goes_out_without_it(town: Town) -> None:
    town.world.visit("2027-03-09", prefers="sms", status="booked")
    town.links = Links(["key"], f"https://{'meters.' * 20}example")
    town.night("2027-03-06 09:00")
    row = town.one(notice="confirm-visit")
    assert (row.channel, row.parts) == ("sms", 2) and "https" not in town.said("sms")[-1]


@pytest.mark.parametrize(("row", "told"), [
    ({"when": "when no reply"}, 'when: "when no reply" should be like "4 days after no reply at 10:00"'),
    ({"again": ["5 days before"]}, 'again: "5 days before" should be like "4 days after no reply at 10:00"'),
    ({"until": "3 days after no reply"}, 'until: "3 days after no reply" should be reckoned from the visit, like "10 days'),
    ({"when": "5 days before", "again": ["4 days after no reply at 10:00"]}, "again: is for notices that get no reply"),
    ({"when": "when a customer stops", "until": "when the day ends"}, 'like "5 days after a customer stops"'),
    ({"when": "when a customer stops", "until": "5 minutes after a rumour spreads"}, 'like "5 days after a customer stops"'),
])
def test_a_row_that_cannot_be_reckoned_is_named_with_what_would_be_right(row: dict[str, Any], told: str) -> None:
    raw = {"notice": "x", "when": "4 days after no reply at 10:00", "until": "10 days before", "purpose": "duty",
           "channels": ["sms"], **row}
    with pytest.raises(ValueError, match=re.escape(told)):
        read_row(raw, "before", {"all": Condition()})
