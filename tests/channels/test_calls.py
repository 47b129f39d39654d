"""The call list: each notice on it once, with what a caller needs; what callers write comes back as events."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Item
from doorstep.channels.calls import (
    COLUMNS,
    OUTCOMES,
    Call,
    CallFile,
    call_events,
    filled_in,
    keep_outcomes,
    open_channels,
    read_outcomes,
    waiting,
    worklist,
)
from doorstep.errors import ConfigError, Transient, UsageError
from doorstep.exports import bare
from doorstep.inbox.events import Event, record_events
from doorstep.model import Journal, Notice, Stop, table
from doorstep.settings import Settings
from doorstep.store import Store
from doorstep.words import Library
from tests.making import World, at, make_rollout, make_store
from tests.words.desk import ROLLOUT, case_of, library_of, skeleton_of

NOW = at("2027-03-05 10:00", ROLLOUT)
DUE = at("2027-03-08 17:00", ROLLOUT)
WORDS = ("Subject: Visit on {{ visit.day }}\nVoice: {{ utility.name }} comes {{ visit.day }}, {{ visit.window }}.\n\n"
         "Dear {{ customer.name }},\n\n- Reference {{ visit.reference }}\n")
NUMBER = "+447400123401"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"), WORDS)


class Desk:
    """A call centre: notices of visits, and the list with its calls."""

    def __init__(self, folder: Path, library: Library) -> None:
        self.folder, self.library = folder, library
        self.settings = Settings(home=folder)
        self.store: Store = make_store(folder)
        self.world = World(self.store, ROLLOUT)
        self.channel = open_channels(ROLLOUT, self.settings)["call"]

    def notice(self, **values: Any) -> int:
        """A visit on 9 March whose notice has been handed over for a call."""
        visit = self.world.visit(**{name: value for name, value in values.items() if name in ("status", "day", "phone")})
        return self.world.put(Notice, **{
            "rollout": "northwick", "notice": "reminder", "phase": "before", "purpose": "duty", "visit_id": visit,
            "customer_id": visit, "occasion": "2027-03-09", "due_at": 0, "until_at": DUE, "not_before": 0, "state": "accepted",
            "channel": "call", "created_at": 0, "told_day": "2027-03-09", "told_start": 480, "told_end": 720, "attempt": 1,
            **{name: value for name, value in values.items() if name in Notice.model_fields}})

    def item(self, notice: int, name: str = "Ms Andrea O'Neill", **values: Any) -> Item:
        skeleton, texts = skeleton_of(self.library, "call", case_of(name=name))
        return Item(notice, f"{notice}.1", NUMBER, skeleton, texts, name, until_at=DUE)._replace(**values)

    def put(self, **values: Any) -> int:
        """A notice on the list."""
        number = self.notice(**{name: value for name, value in values.items() if name not in Item._fields})
        item = self.item(number, **{name: value for name, value in values.items() if name in Item._fields})
        assert self.channel.send([item], now=NOW)[0].state == "accepted"
        return number

    def listed(self, now: int = NOW) -> list[dict[str, str]]:
        out = self.folder / "list.csv"
        count = worklist(self.store, ROLLOUT, self.settings, now=now, out=out)
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == count
        return rows

    def filled(self, outcomes: dict[int, str], **more: str) -> Path:
        """Today's list with outcomes written into it."""
        rows = [row | {"outcome": outcomes.get(int(row["notice"]), "")} | more for row in self.listed()]
        return self.write(rows)

    def write(self, rows: list[dict[str, str]]) -> Path:
        path = self.folder / "filled.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def read(self, path: Path) -> CallFile:
        return read_outcomes(path, ROLLOUT, self.settings, now=NOW)

    def take(self, path: Path) -> int:
        """Take a filled list as the command does; how many events were new."""
        found = self.read(path)
        assert not found.faults, found.faults
        new = record_events(self.store, ROLLOUT, call_events(ROLLOUT, found.calls), NOW)
        keep_outcomes(ROLLOUT, self.settings, found.calls)
        return new


@pytest.fixture
def desk(tmp_path: Path, library: Library) -> Iterator[Desk]:
    desk = Desk(tmp_path, library)
    yield desk
    desk.store.close()


def test_a_caller_gets_all_that_a_call_needs(desk: Desk) -> None:
    number = desk.put(name='=Ann "A"')
    [row] = desk.listed()
    assert tuple(row) == COLUMNS
    assert row == {
        "notice": str(number), "attempt": "1", "try": "1", "best_before": "2027-03-08 17:00", "who": "'=Ann \"A\"",
        "phone": f"'{NUMBER}", "why": "Visit on Tuesday 9 March 2027",
        "say": "Northwick Energy comes Tuesday 9 March 2027, 8 am to 12 noon.",
        "script": 'Dear =Ann "A",\n\n- Reference NW0000001', "language": "en", "reference": "NW0000001",
        "visit_day": "Tuesday 9 March 2027", "visit_window": "8 am to 12 noon", "outcome": "", "at": "", "by": ""}


def test_a_notice_is_one_file_however_often_it_is_handed_over(desk: Desk) -> None:
    number = desk.notice()
    first = desk.channel.send([desk.item(number)], now=NOW)
    content = (desk.folder / "calls" / "northwick" / f"{number}.json").read_bytes()
    assert desk.channel.exactly_once and desk.channel.send([desk.item(number)], now=NOW + 60) == first
    assert [path.read_bytes() for path in (desk.folder / "calls" / "northwick").iterdir()] == [content]
    assert (desk.folder / "calls" / "northwick" / f"{number}.json").stat().st_mode & 0o077 == 0
    assert json.loads(content)["until_at"] == DUE


def test_what_ends_first_is_called_first(desk: Desk) -> None:
    late, unknown, soon = desk.put(until_at=DUE), desk.put(until_at=0), desk.put(until_at=NOW + 60)
    assert [int(row["notice"]) for row in desk.listed()] == [soon, late, unknown]
    assert [int(row["notice"]) for row in desk.listed(NOW + 60)] == [late, unknown]


def test_what_the_desk_sees_is_what_the_file_says(desk: Desk) -> None:
    first, second = desk.put(name="=Ann"), desk.put(until_at=0)
    rows = list(waiting(desk.store, ROLLOUT, desk.settings, now=NOW))
    assert [row["notice"] for row in rows] == [first, second] and rows[0]["who"] == "=Ann"
    assert [{name: bare(cell) for name, cell in row.items()} for row in desk.listed()] == [
        {name: str(value) for name, value in row.items()} for row in rows]


def test_one_call_from_the_desk_is_what_a_row_of_a_file_is(desk: Desk) -> None:
    number = desk.put()
    (from_file,) = desk.read(desk.filled({number: "No answer"})).calls
    said = {"notice": str(number), "attempt": "1", "try": "1", "outcome": "no_answer"}
    assert filled_in(said, ROLLOUT, desk.settings, now=NOW) == from_file
    with pytest.raises(UsageError, match="say what came of the call"):
        filled_in(said | {"outcome": " "}, ROLLOUT, desk.settings, now=NOW)
    with pytest.raises(UsageError, match=r"^notice: 99 is not on the call list"):
        filled_in(said | {"notice": "99"}, ROLLOUT, desk.settings, now=NOW)


@pytest.mark.parametrize(("change", "stays"), [
    ({}, True), ({"day": "2027-03-10"}, False), ({"window_start": 600}, False), ({"status": "cancelled"}, False),
    ({"status": "completed"}, False), ({"power_off_minutes": 5}, True),
])
def test_what_would_say_a_superseded_date_leaves_the_list(desk: Desk, change: dict[str, Any], stays: bool) -> None:
    desk.put()
    if change:
        desk.world.change(1, NOW, **change)
    assert bool(desk.listed()) is stays


@pytest.mark.parametrize(("notice", "status", "stays"), [
    ({"phase": "before", "told_day": None}, "cancelled", False), ({"phase": "during", "told_day": None}, "cancelled", True),
    ({"phase": "during", "told_day": None}, "completed", True),
])
def test_news_of_a_visit_that_is_over_stays(desk: Desk, notice: dict[str, Any], status: str, stays: bool) -> None:
    desk.put(status=status, **notice)
    assert bool(desk.listed()) is stays


def test_a_number_that_wants_no_calls_is_not_called_for_anything_else(desk: Desk) -> None:
    first, second, other = desk.put(phone=NUMBER), desk.put(phone=NUMBER), desk.put(phone="+447400999999")
    assert desk.take(desk.filled({first: "do_not_call"})) == 1
    assert [int(row["notice"]) for row in desk.listed()] == [other] and second != other
    with desk.store.read() as connection:
        assert connection.execute(table(Stop).select()).one().address == NUMBER


@pytest.mark.parametrize(("outcome", "number", "events"), [
    ("reached", 1, [("delivered", None)]), ("voicemail", 1, [("delivered", "voicemail")]), ("no_answer", 2, []),
    ("no_answer", 3, [("bounced", "soft")]), ("wrong_number", 1, [("bounced", "hard")]), ("do_not_call", 2, [("stopped", None)]),
    ("asked_to_move", 1, [("delivered", None), ("replied", "move")]), ("refused_to_talk", 1, [("bounced", "soft")]),
])
def test_what_a_call_means(outcome: str, number: int, events: list[tuple[str, str | None]]) -> None:
    found = call_events(ROLLOUT, [Call(7, "7.1", outcome, NOW, "Jo", number)])
    assert [(event.kind, event.data) for event in found] == events
    assert {(event.notice_id, event.at) for event in found} <= {(7, NOW)} and len({event.ref for event in found}) == len(found)
    assert not any("Jo" in str(event) for event in found)


def test_every_outcome_has_a_meaning() -> None:
    assert all(call_events(ROLLOUT, [Call(7, "7.1", outcome, NOW, "", 3)]) for outcome in OUTCOMES)


def test_the_same_file_twice_counts_once(desk: Desk) -> None:
    reached, moved = desk.put(), desk.put()
    path = desk.filled({reached: "reached", moved: "Asked to move"})
    assert desk.take(path) == 3 and desk.take(path) == 0
    assert [row.state for row in desk.world.notices()] == ["delivered", "delivered"] and desk.listed() == []


def test_nobody_answers_three_times(desk: Desk) -> None:
    number = desk.put()
    for count in ("1", "2", "3"):
        assert [row["try"] for row in desk.listed()] == [count]
        path = desk.filled({number: "no answer"})
        desk.take(path)
        desk.take(path)
    assert desk.listed() == []
    with desk.store.read() as connection:
        rows = connection.execute(table(Journal).select()).all()
    assert [(row.kind, row.data) for row in rows if row.kind == "bounced"] == [("bounced", "soft")]


def test_a_notice_handed_over_again_is_not_called_again(desk: Desk) -> None:
    number = desk.put()
    desk.take(desk.filled({number: "reached"}))
    desk.channel.send([desk.item(number)], now=NOW)
    assert desk.listed() == []


@pytest.mark.parametrize(("said", "at_"), [
    ("", NOW), ("2027-03-05 09:30", NOW - 1800), ("2027-03-05T09:30:00+00:00", NOW - 1800), ("5/3/2027 9:30", NOW - 1800),
    ("05.03.2027 09:30:00", NOW - 1800), ("2027-03-05 10:30", NOW + 1800),
])
def test_when_a_call_was_made(desk: Desk, said: str, at_: int) -> None:
    number = desk.put()
    found = desk.read(desk.filled({number: "reached"}, at=said, by="Jo"))
    assert found == CallFile([Call(number, f"{number}.1", "reached", at_, "Jo", 1)], [])


@pytest.mark.parametrize(("change", "fault"), [
    ({"outcome": "reachd"}, 'outcome: "reachd" is not an outcome; write reached, voicemail, no_answer, wrong_number, '
                            "refused_to_talk, asked_to_move or do_not_call"),
    ({"notice": "7.0"}, 'notice: "7.0" is not a number; leave it as the worklist had it'),
    ({"try": ""}, 'try: "" is not a number; leave it as the worklist had it'),
    ({"notice": "99"}, "notice: 99 is not on the call list of northwick; leave it as the worklist had it"),
    ({"notice": "../1"}, 'notice: "../1" is not a number; leave it as the worklist had it'),
    ({"at": "yesterday"}, 'at: "yesterday" is not when a call was made; write it like 2027-03-09 14:30, or leave it empty'),
    ({"at": "2027-03-06 09:30"}, 'at: "2027-03-06 09:30" is not when a call was made; write it like 2027-03-09 14:30, '
                                 "or leave it empty"),
])
def test_a_bad_row_is_named_and_the_good_ones_are_taken(desk: Desk, change: dict[str, str], fault: str) -> None:
    desk.put(), desk.put(), desk.put()
    first, second, third = desk.listed()
    found = desk.read(desk.write([first | {"outcome": "reached"}, second | {"outcome": "voicemail"} | change, third]))
    assert found.faults == [f"filled.csv: row 3: {fault}"]
    assert [call.notice_id for call in found.calls] == [int(first["notice"])]


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8"), (";", "cp1252")])
def test_a_list_is_read_as_any_spreadsheet_saves_it(desk: Desk, separator: str, encoding: str) -> None:
    number = desk.put()
    [row] = desk.listed()
    with (desk.folder / "filled.csv").open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow([name.upper().replace("_", " ") for name in row])
        writer.writerow((row | {"outcome": "reached", "by": "Zoë"}).values())
    [call] = desk.read(desk.folder / "filled.csv").calls
    assert (call.notice_id, call.by) == (number, "Zoë")


@pytest.mark.parametrize(("content", "said"), [
    ("", 'no column "notice"'), ("notice,attempt,try\n", 'no column "outcome"'),
    ('notice,attempt,try,outcome\n1,1,1,"' + "x" * 140_000 + '"\n', "no CSV that can be read"),
])
def test_a_file_that_is_no_worklist_is_said_so(desk: Desk, content: str, said: str) -> None:
    (desk.folder / "filled.csv").write_text(content)
    with pytest.raises(UsageError, match=said):
        desk.read(desk.folder / "filled.csv")
    with pytest.raises(UsageError, match="there is no such file"):
        desk.read(desk.folder / "gone.csv")


def test_a_number_that_is_none_is_refused(desk: Desk) -> None:
    assert [each.code for each in desk.channel.send([desk.item(1, to="call me"), desk.item(2)], now=NOW)] == ["address", None]


def test_a_folder_that_cannot_be_written_may_be_tried_again(desk: Desk) -> None:
    (desk.folder / "calls").write_text("in the way")
    with pytest.raises(Transient) as raised:
        desk.channel.send([desk.item(1)], now=NOW)
    assert raised.value.code == "full"


def test_what_was_written_before_the_trouble_is_taken(desk: Desk) -> None:
    (desk.folder / "calls" / "northwick" / "2.json").mkdir(parents=True)
    outcomes = desk.channel.send([desk.item(1), desk.item(2), desk.item(3)], now=NOW)
    assert [(each.notice_id, each.state) for each in outcomes] == [(1, "accepted"), (2, "throttled"), (3, "throttled")]


def test_the_list_may_be_kept_elsewhere(tmp_path: Path, library: Library) -> None:
    rollout = make_rollout(providers={"calls": {"folder": str(tmp_path / "centre"), "tries": 1}})
    skeleton, texts = skeleton_of(library, "call", case_of(), rollout=rollout)
    open_channels(rollout, Settings(home=tmp_path))["call"].send([Item(1, "1.1", NUMBER, skeleton, texts)], now=NOW)
    assert (tmp_path / "centre" / "1.json").is_file()
    assert call_events(rollout, [Call(1, "1.1", "no_answer", NOW, "", 1)]) == [
        Event("bounced", 1, NOW, "call:1.1:1:no_answer:bounced", "soft")]
    with pytest.raises(ConfigError, match=r"providers\.calls\.tries"):
        open_channels(make_rollout(providers={"calls": {"tries": 0}}), Settings(home=tmp_path))
