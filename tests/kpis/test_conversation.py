"""The conversation: fresh addresses, opens, questions in time, complaints, contacts, impostors, faults, content customers."""

import pytest

from tests.kpis.talk import asks
from tests.kpis.world import World, at

NOW = "2027-04-01 02:00"


def test_an_address_is_fresh_for_twelve_months_and_not_before_it_was_confirmed(world: World) -> None:
    for when in ("2027-03-31", "2026-04-03", "2026-03-30", "2027-04-02", None):
        world.visit(world.home(verified_at=at(when) if when else None))
    world.visit(world.home(verified_at=at("2027-03-31")), status="cancelled", outcome_at=at("2027-03-31"))   # no longer ours
    assert world.counts("B5", NOW) == (2, 5)
    assert world.counts("B5", "2027-04-02 12:00") == (3, 5)


def test_an_email_that_was_opened_twice_is_one_and_only_what_was_delivered_counts(world: World) -> None:
    read, unread = world.notice(world.visit()), world.notice(world.visit(wave="W02"))
    world.notice(world.visit(), channel="sms")
    for when in ("2027-03-01", "2027-03-02", "2027-04-09"):
        world.event("opened", when, notice_id=read, visit_id=1)
    world.event("opened", "2027-04-09", notice_id=unread, visit_id=2)
    assert world.counts("B11", NOW) == (1, 2)
    assert world.counts("B11 wave=W02", NOW) == (0, 1)
    assert world.kpis("2027-04-10")["B11"].numerator == 2
    assert world.kpis(NOW)["B11"].direction == "watch"


def test_links_are_followed_from_emails_and_texts(world: World) -> None:
    email, sms = world.notice(world.visit()), world.notice(world.visit(), channel="sms")
    world.notice(world.visit(), channel="sms")
    for notice in (email, sms, sms):
        world.event("clicked", "2027-03-01", notice_id=notice, visit_id=notice)
    values = world.kpis(NOW)
    assert {name: (value.numerator, value.denominator) for name, value in values.items() if "channel" in name
            and name.startswith("B11")} == {"B11-click channel=email": (1, 1), "B11-click channel=sms": (1, 2)}


@pytest.mark.parametrize(("answered", "now", "counts"), [
    ("2027-03-03 16:59", NOW, (1, 1)), ("2027-03-03 17:00", NOW, (1, 1)), ("2027-03-03 17:01", NOW, (0, 1)), (None, NOW, (0, 1)),
    (None, "2027-03-03 16:00", (0, 0)),                              # not due yet
    ("2027-03-02 09:00", "2027-03-02 12:00", (1, 1)),                # answered before it was due
    ("2027-03-02 09:00", "2027-03-01 12:00", (0, 0)),                # as it stood then, nobody had answered
    ("2027-03-02 09:00", "2027-03-01 09:00", (0, 0)),                # nor asked
])
def test_a_question_is_answered_in_time_or_judged_when_it_is_due(world: World, answered: str | None, now: str,
                                                                counts: tuple[int, int]) -> None:
    world.visit()
    asks(world, answered=answered, home=1)
    value = world.kpis(now)["B13"]
    assert (value.numerator, value.denominator) == counts


def test_only_questions_and_concerns_from_before_the_fitting_are_of_the_phase_before(world: World) -> None:
    home = world.home()
    world.done("2027-03-01 09:00", home)
    asks(world, home=home)                                           # an hour after the meter was fitted
    asks(world, "concern", opened="2027-02-28 10:00", home=home, answered="2027-03-01 10:00", topic="health")
    asks(world, "complaint")
    asks(world, "concern", topic="cost")                             # of nobody we know
    values = world.kpis(NOW)
    assert (values["B13"].numerator, values["B13"].denominator) == (1, 2)
    assert (values["B13 topic=health"].numerator, values["B13 topic=health"].denominator) == (1, 2)
    assert (values["B13 channel=page"].denominator, values["B13 wave=W01"].denominator) == (2, 1)


def test_complaints_and_contacts_are_for_each_thousand_fitted_homes_or_notices_with_the_topics_share(world: World) -> None:
    for _ in range(4):
        world.notice(world.done())
    world.notice(world.visit())
    asks(world, "complaint", home=1, topic="cost")
    asks(world, "complaint", home=2, topic="privacy", channel="call")
    asks(world, "question", home=3, topic="cost")
    asks(world, "complaint", opened="2027-04-02", topic="cost")      # after the moment asked for
    values = {name: (value.numerator, value.denominator, value.value) for name, value in world.kpis(NOW).items()}
    assert values["D10"] == (2, 4, 500) and values["D10 topic=cost"] == (1, 4, 250)
    assert values["D10 channel=call"] == (1, 4, 250) and values["D10 wave=W01"] == (2, 4, 500)
    assert values["D11"] == (3, 5, 600) and values["D11 topic=cost"] == (2, 5, 400)
    assert values["D11-fitted"] == (3, 4, 750)


def test_impostors_are_counted_beside_the_notices(world: World) -> None:
    world.notice(world.visit())
    asks(world, "impostor", topic="scam")
    asks(world, "concern", topic="scam")
    value = world.kpis(NOW)["D17"]
    assert (value.value, value.numerator, value.denominator, value.status) == (1, 1, 1, "too_few")


@pytest.mark.parametrize(("planned", "now", "counts"), [
    ("2027-03-08 23:30", NOW, (1, 1)),          # reported on Monday 1 March: until the end of Monday 8 March
    ("2027-03-09 00:30", NOW, (0, 1)), (None, NOW, (0, 1)),
    (None, "2027-03-08 12:00", (0, 0)), ("2027-03-02 09:00", "2027-03-03 12:00", (1, 1)),
    ("2027-03-05 09:00", "2027-03-04 12:00", (0, 0)),
])
def test_a_fault_needs_a_plan_within_five_working_days(world: World, planned: str | None, now: str,
                                                       counts: tuple[int, int]) -> None:
    asks(world, "fault", answered=planned)
    value = world.kpis(now)["A10"]
    assert (value.numerator, value.denominator) == counts


def test_closed_and_content_counts_those_who_said_yes_of_all_closed(world: World) -> None:
    asks(world, closed="2027-03-05", satisfied=1, topic="health")
    asks(world, closed="2027-03-05", satisfied=0, topic="health")
    asks(world, closed="2027-03-05", topic="cost")                   # never said
    asks(world, closed="2027-04-02", satisfied=1)                    # open as of then
    asks(world, answered="2027-03-05")
    assert world.counts("A11", NOW) == (1, 3)
    assert world.counts("A11 topic=health", NOW) == (1, 3)
    assert world.counts("A11", "2027-04-03") == (2, 4)


def test_the_past_does_not_change_when_more_is_said(world: World) -> None:
    world.notice(world.done())
    asks(world, answered="2027-03-02", closed="2027-03-20", satisfied=1, home=1)
    asks(world, "complaint", home=1)
    before = world.kpis("2027-03-15")
    asks(world, "fault", opened="2027-03-16")
    asks(world, "complaint", opened="2027-03-16", home=1)
    world.event("opened", "2027-03-16", notice_id=1, visit_id=1)
    assert world.kpis("2027-03-15") == before
    assert (before["A11"].denominator, before["D10"].numerator) == (0, 1)
