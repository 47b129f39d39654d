"""Concerns, questions and rumours make answers due: ours at once, a person's when it is given, an area's when it is approved."""

import pytest
from sqlalchemy import update

from doorstep.model import Rumour, table
from tests.plan.saying import answered, concern, moment, rumour
from tests.town import Town


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
