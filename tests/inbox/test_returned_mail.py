"""Letters that came back: every line is an event or a sentence, and a list read twice counts once."""

from pathlib import Path

import pytest

from doorstep.errors import FeedError
from doorstep.inbox.events import Event, record_events
from doorstep.inbox.returned_mail import Returned, read_returned_mail
from doorstep.model import Notice
from tests.making import World, at, make_rollout, make_store

ROLLOUT = make_rollout()
NOW = at("2027-03-20 12:00", ROLLOUT)
NOON = at("2027-03-09 12:00", ROLLOUT)


def read(text: str | bytes) -> Returned:
    content = text.encode() if isinstance(text, str) else text
    return read_returned_mail(content, name="back.csv", zone=ROLLOUT.zone, now=NOW)


def events(text: str | bytes) -> list[Event]:
    made = read(text)
    assert made.faults == []
    return made.events


def line(ref: str = "7.1", reason: str = "gone away", date: str = "2027-03-09") -> Returned:
    return read(f"ref;reason;date\n{ref};{reason};{date}\n")


def test_a_letter_that_came_back_is_a_bounce_of_its_notice() -> None:
    assert events("ref,reason,date\n7.1,gone away,2027-03-09\n12.2,refused,2027-03-09\n") == [
        Event("bounced", 7, NOON, "returned 7.1", "hard"), Event("bounced", 12, NOON, "returned 12.2", "soft")]


@pytest.mark.parametrize(("reason", "data"), [
    ("gone away", "hard"), ("Gone Away", "hard"), ("GONE_AWAY", "hard"), ("gone-away ", "hard"), ("Addressee  unknown", "hard"),
    ("unknown", "hard"), ("insufficient address", "hard"), ("Incomplete address", "hard"), ("deceased", "hard"),
    ("refused", "soft"), ("REFUSED", "soft"), ("temporarily away", "soft"), ("unclaimed", "soft"),
])
def test_every_reason_that_is_not_for_now_is_hard(reason: str, data: str) -> None:
    assert [event.data for event in line(reason=reason).events] == [data]


def test_who_died_is_told_apart() -> None:
    made = read("ref,reason,date\n7.1,deceased,2027-03-09\n8.1,gone away,2027-03-09\n7.2,Addressee deceased,2027-03-09\n")
    assert made.deceased == [7] and [event.notice_id for event in made.events] == [7, 8, 7]


@pytest.mark.parametrize("content", [
    "\ufeffREF,Reason,DATE\r\n7.1,gone away,2027-03-09\r\n",
    "Barcode;Return reason;Returned on\n7.1;gone away;09/03/2027\n",
    "date\tjob\treason\tour_ref\n09.03.2027\tX\tgone away\t'7.1\n",
    '"ref","reason","date"\n"7.1","gone away","2027-03-09"\n\n,,\n',
    "ref;reason;date\n7,1;gone away;20270309\n",
    "ref,reason,date,remark\n 7.1 ,gone away, 9 Mar 2027 ,Zoë".encode("cp1252"),
])
def test_lists_come_in_many_forms(content: str | bytes) -> None:
    assert events(content) == [Event("bounced", 7, NOON, "returned 7.1", "hard")]


@pytest.mark.parametrize(("cells", "said"), [
    ({"ref": "Ann Hill"}, "the reference is not one of ours; write it as it stands beside the bars, like 12345.1"),
    ({"ref": ""}, "the reference is not one of ours"),
    ({"ref": "7"}, "the reference is not one of ours"),
    ({"ref": "1.2E+06"}, "the reference is not one of ours"),
    ({"ref": "-7.1"}, "the reference is not one of ours"),
    ({"ref": "٧.١١١١١"}, "the reference is not one of ours"),
    ({"reason": "Ann Hill moved"},
     "the reason is not known; write gone away, unknown, insufficient address, refused or deceased"),
    ({"reason": ""}, "the reason is not known"),
    ({"date": "31/02/2027"}, "the date is not one; write it like 2027-03-09"),
    ({"date": ""}, "the date is not one"),
    ({"date": "2027-03-21"}, "the date is still to come"),
])
def test_a_line_that_cannot_be_read_is_named_without_what_it_says(cells: dict[str, str], said: str) -> None:
    made = line(**cells)
    assert made.events == [] and len(made.faults) == 1
    assert made.faults[0].startswith(f"back.csv: line 2: {said}") and "Hill" not in made.faults[0]


def test_one_bad_line_stops_no_other() -> None:
    made = read("ref,reason,date\n7.1,gone away,2027-03-09\nx\n8.1,unknown,2027-03-09\n")
    assert [event.notice_id for event in made.events] == [7, 8]
    assert [fault.split(":")[1] for fault in made.faults] == [" line 3"]


@pytest.mark.parametrize(("content", "said"), [
    (b"", 'names no column "ref"'), (b"name,why,date\nAnn,moved,x\n", 'names no column "ref"'),
    (b"ref,date\n", 'names no column "reason"'), (b"ref,reason\n", 'names no column "date"'), (b"PK\x03\x04\0\0", "no text"),
    (b"ref,reason,date\n" + b"x" * 200_000, "line 2: this is no line of a CSV file"),
])
def test_a_file_that_is_no_such_list_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        read(content)


def test_a_list_read_twice_counts_once(tmp_path: Path) -> None:
    world = World(make_store(tmp_path), ROLLOUT)
    visit = world.visit()
    notice = world.put(
        Notice, rollout=ROLLOUT.name, notice="formal-notice", phase="before", purpose="duty", visit_id=visit, customer_id=1,
        occasion="2027-03-09", due_at=0, until_at=NOW, not_before=0, state="accepted", channel="post", created_at=0)
    text = f"ref,reason,date\n{notice}.1,gone away,2027-03-09\n{notice}.1,gone away,2027-03-09\n"
    assert record_events(world.store, ROLLOUT, events(text), NOW) == 1
    assert record_events(world.store, ROLLOUT, events(text), NOW + 60) == 0
    assert [row.state for row in world.notices()] == ["bounced"]
