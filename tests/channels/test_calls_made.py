"""What callers write into the call list comes back as events, each once; what cannot be read is named."""

import csv

import pytest

from doorstep.channels.calls import OUTCOMES, Call, CallFile, call_events, filled_in
from doorstep.errors import UsageError
from doorstep.model import Journal, table
from tests.channels.calling import NOW, Desk
from tests.channels.calling import desk as desk
from tests.channels.calling import library as library
from tests.words.desk import ROLLOUT


def test_one_call_from_the_desk_is_what_a_row_of_a_file_is(desk: Desk) -> None:
    number = desk.put()
    (from_file,) = desk.read(desk.filled({number: "No answer"})).calls
    said = {"notice": str(number), "attempt": "1", "try": "1", "outcome": "no_answer"}
    assert filled_in(said, ROLLOUT, desk.settings, now=NOW) == from_file
    with pytest.raises(UsageError, match="say what came of the call"):
        filled_in(said | {"outcome": " "}, ROLLOUT, desk.settings, now=NOW)
    with pytest.raises(UsageError, match=r"^notice: 99 is not on the call list"):
        filled_in(said | {"notice": "99"}, ROLLOUT, desk.settings, now=NOW)


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
