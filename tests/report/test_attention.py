"""What needs a person: each concern with its count, its reasons and a command that exists."""

import re
from collections.abc import Callable

import pytest
from typer.main import get_command

from doorstep.cli import app
from doorstep.kpis import measured_in, seen
from doorstep.model import Enquiry, Feed, Heard, Refused, Request, Rumour
from doorstep.report.attention import concerns
from doorstep.report.concern import Concern
from tests.kpis.world import NAME, World, at

NOW = "2027-03-01 02:00"


def found(world: World, now: str = NOW) -> dict[str, Concern]:
    with seen(world.store, world.rollout, at(now)) as sight:
        return {each.title: each for each in concerns(sight, measured_in(sight))}


def held_feed(world: World) -> None:
    world.add(Feed, rollout=NAME, file="/feeds/bad.csv", digest="1", pulled_at=at("2027-02-28"), state="held",
              held="rows_vanished")


def refused_rows(world: World) -> None:
    for line, mended in ((3, None), (4, None), (5, at("2027-02-01"))):
        world.add(Refused, rollout=NAME, feed_id=1, line=line, reason="date_unreadable", detail="", row="{}", mended_at=mended)


def missed_notices(world: World) -> None:
    visit = world.visit(day="2027-03-30")
    for via, closed in (("a", "2027-02-20"), ("b", "2027-02-21"), ("long ago", "2027-02-01")):
        world.notice(visit, sent=None, heard=None, channel=None, via=via, state="missed", why="post_too_slow",
                     closed_at=at(closed))
    world.notice(visit, "what-and-why", sent=None, heard=None, state="missed", why="too_late", closed_at=at("2027-02-20"))


def short_notice(world: World) -> None:
    world.visit(day="2027-03-05", wave="W07")


def unknown_outcome(world: World) -> None:
    world.notice(world.visit(day="2027-03-30"), heard=None, state="unknown", accepted_at=None)


def stale_word(world: World) -> None:
    visit = world.visit(day="2027-03-30", version=2, since=at("2027-02-28"))
    world.past(visit, 1, "2027-03-29", "2027-01-01", "2027-02-28", "moved")
    world.notice(visit, told="2027-03-29")


def unreported(world: World) -> None:
    world.visit(day="2027-02-20")


def unreachable(world: World) -> None:
    world.visit(world.home(email=None, phone=None, address=None), day="2027-03-30")


def case(world: World, *, due: str = "2027-02-26", **values: object) -> None:
    world.add(Enquiry, **{"rollout": NAME, "kind": "concern", "topic": "health", "channel": "sms", "language": "en",
                          "owner": "Safety team", "opened_at": at("2027-02-24"), "due_at": at(due), **values})


def overdue_case(world: World) -> None:
    case(world)
    case(world, due="2027-03-02")
    case(world, answered_at=at("2027-02-25"), state="answered")
    case(world, closed_at=at("2027-02-25"), state="closed")


def rumour(world: World) -> None:
    world.add(Rumour, rollout=NAME, area="Mill End", topic="power_off", count=6, found_at=at("2027-02-27"))
    world.add(Rumour, rollout=NAME, area="Mill End", topic="cost", count=6, found_at=at("2027-02-27"), state="approved",
              decided_at=at("2027-02-28"))


def unread_message(world: World) -> None:
    world.add(Heard, source="sendgrid-events", ref="a", at=at("2027-02-28"), state="failed", why="no JSON", body=b"x")
    world.add(Heard, source="sns", ref="b", at=at("2027-02-28"), state="done")


def unanswered_request(world: World) -> None:
    """Handed over on Wednesday, and on Thursday, before a Monday: one has waited for two working days."""
    visit = world.visit(day="2027-03-30")
    asked = {"rollout": NAME, "visit_id": visit, "customer_id": 1, "kind": "move", "channel": "page", "from_day": "2027-03-29",
             "from_status": "booked", "to_day": "2027-03-30", "at": at("2027-02-23")}
    world.add(Request, **asked, state="written", written_at=at("2027-02-24"))
    world.add(Request, **asked, state="written", written_at=at("2027-02-25"))
    world.add(Request, **asked, state="confirmed", written_at=at("2027-02-22"), settled_at=at("2027-02-24"))
    world.add(Request, **{**asked, "to_day": "2027-02-27"}, state="written", written_at=at("2027-02-22"))
    world.notice(visit, told="2027-03-30")


@pytest.mark.parametrize(("happened", "title", "count", "command", "part"), [
    (overdue_case, "Customers whose answer is overdue", 1, "web", ("concern, Safety team", 1)),
    (rumour, "Rumours whose answer waits for your approval", 1, "up", ("power off, Mill End", 1)),
    (unread_message, "Messages that came in and could not be read", 1, "up", ("sendgrid events", 1)),
    (unanswered_request, "What customers asked of the scheduler, unanswered for more than two working days", 1,
     'explain northwick "visit 1"', ("move", 1)),
    (held_feed, "Schedule files held whole", 1, "pull northwick --accept", ("feed 2, bad.csv: rows vanished", 1)),
    (refused_rows, "Schedule rows that were refused", 2, "refused northwick --csv refused.csv", ("date unreadable", 2)),
    (missed_notices, "Duty notices that reached nobody in the last 14 days", 2, 'explain northwick "notice 2"',
     ("formal-notice: a letter would have come too late", 2)),
    (short_notice, "Visits too close for a formal notice", 1, 'explain northwick "visit 1"', ("wave W07", 1)),
    (unknown_outcome, "Messages whose outcome is not known", 1, 'explain northwick "notice 1"', None),
    (stale_word, "Customers whose last word is a date that no longer stands", 1, "send northwick", None),
    (unreported, "Visits whose day is over and nobody said how they went", 1, 'explain northwick "visit 1"', None),
    (unreachable, "Homes that no channel reaches", 1, 'explain northwick "visit 1"', None),
])
def test_each_matter_has_a_count_and_a_command(world: World, happened: Callable[[World], None], title: str, count: int,
                                               command: str, part: tuple[str, int] | None) -> None:
    happened(world)
    concern = found(world)[title]
    assert (concern.count, concern.command) == (count, f"doorstep {command}")
    assert part is None or part in concern.parts
    words = re.split(r" ", concern.command)
    known = get_command(app).commands        # type: ignore[attr-defined]
    assert words[1] in known
    assert {word for word in words if word.startswith("--")} <= {
        option for each in known[words[1]].params for option in each.opts}


def test_a_quiet_rollout_needs_nobody(world: World) -> None:
    world.notice(world.visit(day="2027-03-30"), told="2027-03-30")
    assert found(world) == {}


def test_a_feed_that_was_accepted_or_overtaken_waits_no_more(world: World) -> None:
    held_feed(world)
    assert found(world)
    world.add(Feed, rollout=NAME, file="good.csv", digest="2", pulled_at=at("2027-03-02"), state="taken")
    assert found(world) and not found(world, "2027-03-02 01:00")


def test_alarms_come_first_and_name_their_line(world: World) -> None:
    short_notice(world)
    visit = world.visit(day="2027-03-30", version=2, since=at("2027-02-20"))
    world.past(visit, 1, "2027-02-25", "2027-01-01", "2027-02-20", "moved")
    world.notice(visit, told="2027-02-25")
    first = next(iter(found(world).values()))
    assert first.urgent
    assert first.title == "Alarm: customers waiting on a date that no longer stands"
    assert "stands at 100%; the alarm line is 0%" in first.todo
