"""Briefings: everybody who meets a wave's customers, once, in time, in their language, and never blindly again."""

from collections.abc import Sequence
from dataclasses import replace
from email import message_from_string, policy
from typing import Any

import pytest

from doorstep.channels import Item, Outcome
from doorstep.delivery.halting import Scope, halt, resume
from doorstep.delivery.lines import Lines
from doorstep.errors import Transient
from doorstep.model import Feed, Rumour
from doorstep.staff.message import Writer
from doorstep.staff.page import today
from tests.making import at
from tests.staff.office import ADA, BEN, CY, Office

DUE = "2027-02-23 02:00"           # 14 days before 9 March


@pytest.fixture
def manned(office: Office) -> Office:
    """Three people, and a wave in the North that starts on 9 March."""
    office.take(ADA, BEN, CY)
    for day in ("2027-03-09", "2027-03-12"):
        office.world.visit(day, area="North", wave="W01")
    return office


class Carrier:
    """An email provider that keeps what it takes, knows no second delivery, and can be told to be difficult."""

    provider, kind, batch_size, exactly_once = "carrier", "email", 100, False

    def __init__(self, answer: str = "accepted") -> None:
        self.answer, self.taken = answer, list[Item]()

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        if self.answer == "busy":
            raise Transient("busy")
        if self.answer == "crash":
            raise KeyboardInterrupt
        self.taken += items
        why = None if self.answer == "accepted" else "why"
        return [Outcome(item.notice_id, self.answer, "c-1", why) for item in items]  # type: ignore[arg-type]  # one of State


def lines(carrier: Carrier) -> Lines:
    return Lines({"email": (carrier,)})


def state(office: Office) -> list[tuple[Any, ...]]:
    return office.rows("briefing", "state", "why", "attempt")


@pytest.mark.parametrize(("when", "sent"), [
    ("2027-02-22 23:00", 0), ("2027-02-23 00:00", 2), ("2027-03-12 23:00", 2), ("2027-03-13 00:00", 0)])
def test_a_wave_is_briefed_from_fourteen_days_before_its_first_visit_to_the_end_of_its_last(manned: Office, when: str,
                                                                                            sent: int) -> None:
    assert manned.brief(when).sent == sent
    assert len(manned.files()) == sent


def test_the_front_line_is_briefed_and_whoever_works_in_the_waves_area(manned: Office) -> None:
    manned.take("110,North office,office,,n@example.com,,en,North", "111,South fitter,installer,Meterfit,s@example.com,,en,South")
    manned.brief(DUE)
    numbers = dict(manned.rows("staff", "id", "number"))
    assert {numbers[person] for person, in manned.rows("briefing", "staff_id")} == {"101", "102", "110"}


def test_nobody_is_briefed_twice_about_a_wave_and_the_outbox_holds_one_file_each(manned: Office) -> None:
    assert manned.brief(DUE).as_json() == {"due": 2, "sent": 2, "held": 0, "void": 0, "missed": 0, "failed": 0, "unknown": 0}
    assert manned.brief("2027-02-24 02:00").due == 0
    assert list(manned.files()) == ["1.eml", "2.eml"]


def test_another_wave_and_a_new_script_are_briefings_of_their_own(manned: Office) -> None:
    manned.brief(DUE)
    manned.world.visit("2027-03-20", area="South", wave="W02")
    assert manned.brief("2027-03-07 02:00").sent == 2
    answers = manned.own_words() / "answers" / "en.md"
    answers.write_text(answers.read_text("utf-8").replace("here is why", "here is a better reason"), "utf-8")
    assert manned.brief("2027-03-08 02:00").sent == 2                 # Ada, about either wave; Ben reads Arabic


def test_a_briefing_says_what_its_reader_must_know_in_their_language(manned: Office) -> None:
    manned.brief(DUE)
    english, arabic = ("\n".join(_words(text)) for text in manned.files().values())
    for said in ("Wave W01: the first visits are on Tuesday 9 March 2027", "There are 2 in all", "Three facts for today",
                 "You need 80% to be certified", "Do not take money", "says Northwick Energy"):
        assert said in english
    assert "customer.address" not in english and "Your reference" not in english
    assert "المرحلة W01" in arabic and 'dir="rtl"' in arabic


def _words(eml: str) -> list[str]:
    message = message_from_string(eml, policy=policy.default)
    return [" ".join(part.get_content().split()) for part in message.walk() if part.get_content_maintype() == "text"]


def test_the_days_page_names_areas_stops_rumours_and_an_old_schedule(manned: Office) -> None:
    office, world = manned, manned.world
    for area in ("North", "North", "East {{ x }} #1", None):
        world.visit("2027-02-23", area=area, wave="W00")
    now = at(DUE, office.rollout)
    world.put(Rumour, rollout="northwick", area="North", topic="health", count=9, found_at=now - 3600, state="found")
    world.put(Rumour, rollout="northwick", area="North", topic="cost", count=9, found_at=now - 3600, state="dismissed")
    halt(office.store, office.rollout, Scope(area="North"), reason="Ms Person 1 complained", by="jo", now=now)
    world.put(Feed, rollout="northwick", file="x.csv", digest="1", pulled_at=now - 60, state="held", held="empty", report={})
    with office.store.read() as connection:
        page = Writer(office.scripts, today(connection, office.rollout, now)).page("en")
    for said in ("Today, Tuesday 23 February 2027", "- North: 2", "- East  x  1: 1", "- Other areas: 1",
                 "Messages are stopped (North)", "In North, many people ask: What about health? Say: All is well with health",
                 "we know is from Thursday 1 January 1970"):
        assert said in page, page
    assert "cost?" not in page and "Person" not in page
    assert page.count("All is well") == 4            # three facts and the answer to the rumour


def test_an_empty_day_says_so_in_every_language_that_has_a_page(office: Office) -> None:
    with office.store.read() as connection:
        writer = Writer(office.scripts, today(connection, office.rollout, at(DUE, office.rollout)))
    assert "No visits today." in writer.page("en") and "None that we know of." in writer.page("en")
    assert "لا زيارات اليوم." in writer.page("ar")


def test_the_attempt_is_written_before_the_call_and_one_that_was_cut_off_is_never_sent_blindly_again(manned: Office) -> None:
    with pytest.raises(KeyboardInterrupt):
        manned.brief(DUE, lines(Carrier("crash")))
    assert state(manned) == [("attempting", None, 1), ("due", None, 0)]           # another language is another call
    carrier = Carrier()
    assert manned.brief("2027-02-24 02:00", lines(carrier)).sent == 1
    assert state(manned) == [("unknown", "cut_off", 1), ("accepted", None, 1)]
    assert [item.ref for item in carrier.taken] == ["staff-2.1"]


def test_a_file_that_was_cut_off_is_written_again_in_its_place(manned: Office) -> None:
    with pytest.raises(KeyboardInterrupt):
        manned.brief(DUE, lines(Carrier("crash")))
    assert manned.brief("2027-02-24 02:00").sent == 2
    assert list(manned.files()) == ["1.eml", "2.eml"]


@pytest.mark.parametrize(("answer", "first", "again"), [
    ("unknown", {"unknown": 1, "held": 1}, 1),               # the provider rests before the second call
    ("refused", {"failed": 2}, 0), ("throttled", {"held": 2}, 2), ("busy", {"held": 2}, 2)])
def test_only_what_was_surely_not_taken_is_tried_again(manned: Office, answer: str, first: dict[str, int], again: int) -> None:
    sent = manned.brief(DUE, lines(Carrier(answer)))
    assert {word: number for word, number in sent.as_json().items() if number} == {"due": 2, **first}
    assert manned.brief("2027-02-24 02:00", lines(Carrier())).sent == again


def test_an_emergency_stop_holds_briefings_too(manned: Office) -> None:
    number = halt(manned.store, manned.rollout, Scope(), reason="wrong words", by="jo", now=at(DUE, manned.rollout))
    assert manned.brief(DUE).held == 2
    assert not manned.files()
    resume(manned.store, manned.rollout, number, by="jo", now=at(DUE, manned.rollout))
    assert manned.brief(DUE).sent == 2


def test_who_left_is_no_longer_briefed_and_who_has_no_address_is_said(manned: Office) -> None:
    manned.take("112,Nia Low,installer,Meterfit,,,en,")
    manned.brief(DUE, lines(Carrier("busy")))
    manned.take(ADA.replace("Meterfit", ""), "112,Nia Low,installer,,,,en,", full=True, when="2027-02-23 12:00")
    sent = manned.brief("2027-02-24 02:00")
    assert (sent.sent, sent.void) == (1, 1)
    assert sorted(row[:2] for row in state(manned)) == [("accepted", None), ("failed", "unreachable"), ("void", "left")]


def test_a_rollout_that_leaves_briefings_out_of_its_plan_sends_none(manned: Office) -> None:
    plan = tuple(row for row in manned.rollout.plan if row.notice != "ambassador-briefing")
    manned.rollout = replace(manned.rollout, plan=plan)
    assert manned.brief(DUE).due == 0
