"""The call list: each notice on it once, with what a caller needs, for as long as there is something to say."""

import json
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Item
from doorstep.channels.calls import COLUMNS, Call, call_events, open_channels, waiting
from doorstep.errors import ConfigError, Transient
from doorstep.exports import bare
from doorstep.inbox.events import Event
from doorstep.model import Stop, table
from doorstep.settings import Settings
from doorstep.words import Library
from tests.channels.calling import DUE, NOW, NUMBER, Desk
from tests.channels.calling import desk as desk
from tests.channels.calling import library as library
from tests.making import make_rollout
from tests.words.desk import ROLLOUT, case_of, skeleton_of


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


def test_a_notice_handed_over_again_is_not_called_again(desk: Desk) -> None:
    number = desk.put()
    desk.take(desk.filled({number: "reached"}))
    desk.channel.send([desk.item(number)], now=NOW)
    assert desk.listed() == []


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
