"""A pull applies a file whole or holds it whole; a file that comes again changes nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from doorstep.errors import ConfigError, FeedError, Transient, UsageError
from doorstep.model import Customer, Feed, Journal, Refused, SourceMark, Visit, VisitPast, WorkOrder
from doorstep.schedule import PullReport, accept_feed, held_feeds, pull
from tests.schedule.world import ELEC, GAS, PLAIN, Row, World, later, many

CONTENT = (Customer, Visit, VisitPast, WorkOrder, Refused)


def content(world: World) -> list[list[Any]]:
    return [world.all(table) for table in CONTENT]


def accept(world: World, feed_id: int, count: int) -> PullReport:
    return accept_feed(world.store, world.rollout, settings=world.settings, feed_id=feed_id, count=count, by="Ann",
                       now=world.now)


def test_a_pulls_json_has_the_names_that_scripts_rely_on(world: World) -> None:
    report = world.pull(ELEC, GAS, PLAIN | {"WO": ""}, name="first.csv")
    assert report.as_json() == {
        "file": "first.csv", "rows": 3, "taken": 2, "refused": {"work_order_missing": 1}, "warned": {}, "superseded": 0,
        "changed": {"new": 2, "moved": 0, "cancelled": 0, "completed": 0, "aborted": 0}, "unchanged": 0, "held": None}


def test_the_same_file_again_changes_nothing_and_says_so(world: World) -> None:
    world.pull(*many(3), ELEC | {"DATE": ""})
    before = content(world)
    report = world.take(world.folder / "feed-04.csv")
    assert (report.state, report.unchanged, report.taken, sum(report.changed.values())) == ("same", 3, 3, 0)
    assert content(world) == before
    assert [feed["state"] for feed in world.all(Feed)] == ["taken", "same"]


def test_the_same_rows_in_another_file_change_nothing(world: World) -> None:
    world.pull(*many(3))
    before = content(world)
    assert world.pull(*reversed(many(3))).unchanged == 3
    assert content(world) == before


def test_each_pull_leaves_one_line_in_the_journal_without_personal_data(world: World) -> None:
    world.pull(*many(30))
    world.take(world.folder / "feed-04.csv")
    report = world.pull()
    accept(world, report.feed_id, 30)
    lines = world.all(Journal)
    assert [line["kind"] for line in lines] == ["pulled", "pulled", "held-feed", "accepted-feed"]
    assert json.loads(lines[0]["data"])["changed"]["new"] == 30 and "example.com" not in str(lines)


def moved(rows: list[Row]) -> list[Row]:
    return [later(row, DATE="2027-04-01") for row in rows]


def cancelled(rows: list[Row]) -> list[Row]:
    return [later(row, STATUS="CANCELLED") for row in rows]


HOUSES = many(30)


@pytest.mark.parametrize(("second", "reason", "count"), [
    ([], "empty", 30), (HOUSES[:23], "rows_vanished", 7), (moved(HOUSES[:7]) + HOUSES[7:], "rows_moved", 7),
    (cancelled(HOUSES[:7]) + HOUSES[7:], "rows_cancelled", 7),
    (HOUSES[:24], None, 0), (moved(HOUSES[:6]) + HOUSES[6:], None, 0), (cancelled(HOUSES[:6]) + HOUSES[6:], None, 0),
    ([row | {"DATE": "soon"} for row in HOUSES], None, 0)])
def test_a_feed_that_would_change_more_than_a_fifth_is_held_whole(world: World, second: list[Row], reason: str | None,
                                                                  count: int) -> None:
    world.pull(*HOUSES)
    before = content(world)
    report = world.pull(*second)
    assert report.held == reason
    waiting = held_feeds(world.store, "northwick")
    assert [(held.reason, held.count, held.rows) for held in waiting] == ([(reason, count, len(second))] if reason else [])
    assert (content(world) == before) == (reason is not None)
    assert not reason or sum(report.changed.values()) + report.unchanged == 0


def test_few_work_orders_are_no_share_of_anything(world: World) -> None:
    world.pull(*HOUSES[:19])
    assert world.pull(HOUSES[0]).held is None
    assert sum(status == "cancelled" for (status,) in world.visits("status")) == 18


def test_the_share_is_the_rollouts(tmp_path: Path) -> None:
    world = World(tmp_path, hold_share=0.5)
    world.pull(*HOUSES)
    assert world.pull(*HOUSES[:15]).held is None


def test_a_first_feed_cannot_lose_anything(world: World) -> None:
    assert world.pull(*HOUSES).held is None


def test_work_orders_missing_from_a_full_feed_are_called_off_and_come_back(world: World) -> None:
    world.pull(*HOUSES)
    report = world.pull(*HOUSES[1:])
    assert (report.changed["cancelled"], report.unchanged) == (1, 29)
    assert world.visit_of("W0")["status"] == "cancelled" and world.visit_of("W0")["outcome"] == "by_utility"
    assert world.pull(*HOUSES, name="and again.csv").state == "same"      # the very bytes of the first
    report = world.pull(*reversed(HOUSES))
    assert report.changed["other"] == 1
    assert (world.visit_of("W0")["status"], world.visit_of("W0")["round"], world.visit_of("W0")["id"]) == ("planned", 2, 1)


def test_a_work_order_whose_row_is_bad_has_not_vanished(world: World) -> None:
    world.pull(*HOUSES)
    world.pull(HOUSES[0] | {"STATUS": "ZZZ"}, *HOUSES[1:])
    assert world.visit_of("W0")["status"] == "planned"


def test_absence_from_a_feed_that_is_not_full_means_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, full=False)
    world.pull(*HOUSES)
    report = world.pull(later(HOUSES[0], DATE="2027-04-01"))
    assert (report.held, report.changed["cancelled"], report.changed["moved"]) == (None, 0, 1)


def test_a_held_feed_is_accepted_by_its_id_and_count(world: World) -> None:
    world.pull(*HOUSES)
    held = world.pull(*HOUSES[:10])
    shutil.rmtree(world.folder / "elsewhere", ignore_errors=True)
    (world.folder / "feed-05.csv").unlink()                               # the copy is what is accepted
    report = accept(world, held.feed_id, 20)
    assert (report.changed["cancelled"], report.unchanged, report.held) == (20, 10, None)
    feed = world.all(Feed)[-1]
    assert (feed["id"], feed["state"], feed["accepted_by"], feed["accepted_at"]) == (held.feed_id, "accepted", "Ann", world.now)
    assert held_feeds(world.store, "northwick") == []


def test_a_wrong_count_accepts_nothing_and_says_both_numbers(world: World) -> None:
    world.pull(*HOUSES)
    held = world.pull(*HOUSES[:10])
    with pytest.raises(UsageError, match="feed 2 would change 20 open work orders, not 19"):
        accept(world, held.feed_id, 19)
    assert all(status == "planned" for (status,) in world.visits("status"))


@pytest.mark.parametrize("feed_id", [1, 99])
def test_a_feed_that_is_not_held_cannot_be_accepted(world: World, feed_id: int) -> None:
    world.pull(*HOUSES)
    with pytest.raises(UsageError, match=f"feed {feed_id} is not held; held feeds are: none"):
        accept(world, feed_id, 0)


def test_a_held_feed_that_was_overtaken_cannot_be_accepted(world: World) -> None:
    world.pull(*HOUSES)
    held = world.pull(*HOUSES[:10])
    world.pull(*HOUSES, later(HOUSES[0]))
    with pytest.raises(UsageError, match="feed 2 was overtaken by feed 3"):
        accept(world, held.feed_id, 20)


def test_accept_without_a_file_takes_the_feed_held_last(world: World) -> None:
    world.pull(*HOUSES)
    world.pull(*HOUSES[:10])
    [report] = pull(world.store, world.rollout, settings=world.settings, now=world.now, accept=True)
    assert (report.state, report.changed["cancelled"]) == ("accepted", 20)
    with pytest.raises(UsageError, match="no feed is held"):
        pull(world.store, world.rollout, settings=world.settings, now=world.now, accept=True)


def test_accept_with_a_file_takes_it_whatever_it_would_do(world: World) -> None:
    world.pull(*HOUSES)
    assert world.pull(*HOUSES[:10], accept=True).state == "accepted"
    assert world.pull(later(HOUSES[0], DATE="2027-04-01"), *HOUSES[1:10], accept=True).state == "taken"


def test_a_held_file_that_is_pulled_again_is_held_once(world: World) -> None:
    world.pull(*HOUSES)
    first = world.pull(*HOUSES[:10])
    assert world.take(world.folder / "feed-05.csv").feed_id == first.feed_id
    assert len(held_feeds(world.store, "northwick")) == 1
    [copy] = [path for path in (world.settings.feeds_folder / "northwick").iterdir() if path.is_file()]
    assert copy.read_bytes() == (world.folder / "feed-05.csv").read_bytes() and copy.stat().st_mode & 0o077 == 0


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-90])
    return path


def test_a_feed_that_is_cut_short_is_held_and_once_accepted_cancels_nothing(world: World) -> None:
    world.pull(*HOUSES)
    report = world.take(cut(world.file(*[later(row, DATE="2027-04-01") for row in HOUSES[:5]], name="cut.csv")))
    assert (report.held, report.rows) == ("cut_short", 0)
    [held] = held_feeds(world.store, "northwick")
    assert accept(world, held.feed_id, held.count).changed["cancelled"] == 0


def test_a_file_that_is_no_feed_at_all_is_an_error_and_changes_nothing(world: World) -> None:
    (world.folder / "feed.csv.gz").write_bytes(b"not a gzip")
    with pytest.raises(FeedError, match=r"feed\.csv\.gz"):
        world.take(world.folder / "feed.csv.gz")
    with pytest.raises(UsageError, match="there is no such file"):
        world.take(world.folder / "nowhere.csv")
    assert not world.all(Feed)


@pytest.fixture
def source(world: World) -> World:
    (world.folder / "feeds").mkdir()
    return world


def new(world: World) -> list[PullReport]:
    world.day += 1
    return pull(world.store, world.rollout, settings=world.settings, now=world.now)


def test_a_pull_takes_all_that_is_new_at_the_source_in_order(source: World) -> None:
    source.file(later(ELEC, DATE="2027-04-01"), name="feeds/northwick-2027-01-05.csv")
    source.file(ELEC, name="feeds/northwick-2027-01-04.csv")
    assert [report.file for report in new(source)] == ["northwick-2027-01-04.csv", "northwick-2027-01-05.csv"]
    assert source.visits("day", "version") == [("2027-04-01", 2)]
    assert len(source.all(SourceMark)) == 2 and new(source) == []
    source.file(later(ELEC, 6), name="feeds/northwick-2027-01-05.csv")      # sent again, with other content
    assert [report.changed["moved"] for report in new(source)] == [1]
    assert len(source.all(SourceMark)) == 2


def test_a_pull_stops_at_a_held_feed_and_goes_on_behind_it_the_next_time(source: World) -> None:
    for day, rows in ((4, HOUSES), (5, HOUSES[:5]), (6, moved(HOUSES[:3]) + HOUSES[3:])):
        source.file(*rows, name=f"feeds/northwick-2027-01-{day:02d}.csv")
    assert [report.held for report in new(source)] == [None, "rows_vanished"]
    assert [report.changed["moved"] for report in new(source)] == [3]


def test_a_mapping_mistake_leaves_the_file_new(source: World) -> None:
    (source.folder / "feeds" / "odd.csv").write_text("A,B\n1,2\n")
    for _ in range(2):
        with pytest.raises(ConfigError):
            new(source)
    assert not source.all(SourceMark)


def test_of_two_pulls_at_once_the_slower_one_starts_again(world: World) -> None:
    world.pull(*HOUSES)
    slow, quick = world.file(*moved(HOUSES[:2]), *HOUSES[2:]), world.file(*moved(HOUSES[:3]), *HOUSES[3:], name="quick.csv")
    calls = iter([quick])

    def overtake(*event_: Any) -> None:
        if "pull_absent" in event_[2] and (path := next(calls, None)):
            world.take(path)
    event.listen(world.store.engine, "before_cursor_execute", overtake)
    with pytest.raises(Transient, match=r"another pull finished while this one read feed-04\.csv; pull again"):
        world.take(slow)
    assert world.take(slow).unchanged == 30


class Crash(BaseException):
    """The machine goes down."""


def crashing(after: int) -> Callable[..., None]:
    left = iter(range(after))

    def statement(*_: Any) -> None:
        if next(left, None) is None:
            raise Crash
    return statement


@pytest.mark.parametrize("share", range(8))
def test_a_crash_anywhere_and_a_second_run_give_the_same(world: World, tmp_path: Path, share: int) -> None:
    rows = [later(HOUSES[0], DATE="2027-04-01"), later(HOUSES[1], STATUS="COMPLETE"), *HOUSES[3:], PLAIN | {"WO": ""}]
    (tmp_path / "calm").mkdir()
    calm = World(tmp_path / "calm")
    calm.pull(*HOUSES)
    calm.pull(*rows)
    world.pull(*HOUSES)
    world.day += 1
    path = world.file(*rows)
    crashes = 0
    for after in range(share, 200, 8):
        crash = crashing(after)
        event.listen(world.store.engine, "before_cursor_execute", crash)
        try:
            world.take(path)
        except Crash:
            crashes += 1
        finally:
            event.remove(world.store.engine, "before_cursor_execute", crash)
            world.store.close()
    assert crashes > 5
    world.take(path)
    assert content(world) == content(calm)
