"""A stop is confirmed and a call for help is answered: at once, once, and by the channel that it came by."""

from doorstep.conversation.on_the_spot import answer_on_the_spot
from doorstep.delivery.lines import Lines
from tests.plan.saying import moment, said, stop
from tests.town import LIBRARY, Town


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


def test_stops_and_calls_for_help_are_answered_at_once_and_nothing_else_goes_out_with_them(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    stop(town, visit)
    said(town, visit, "stop", "2027-02-07 10:00")                        # a day on which the formal notice is due
    lines = Lines.of(dict(town.streets))
    for minute in (1, 2):
        answer_on_the_spot(town.world.store, town.world.rollout, library=LIBRARY, lines=lines,
                           now=moment(town, f"2027-02-07 10:0{minute}"))
    assert [(row.notice, row.state) for row in town.world.notices()] == [("stop-confirmed", "accepted")]
