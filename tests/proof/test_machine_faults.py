"""The disk is full, the clock goes back, the database is started anew: nothing is lost and nothing comes twice."""

import os
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from doorstep.channels.outbox import outbox_channels
from doorstep.errors import Transient
from tests.making import elsewhere
from tests.postgres.server import Server
from tests.proof.fault_instants import DAY, Disk, Watched, crash, start_again, take_down
from tests.proof.fault_road import people
from tests.proof.watched import town as town
from tests.proof.watched import village as village
from tests.town import MORNING

NO_DATABASE = (Transient, OperationalError)


# ---- the disk ------------------------------------------------------------------------------------------------

def test_an_outbox_without_room_loses_nothing_and_leaves_no_half_message(tmp_path: Path) -> None:
    town = Watched(tmp_path, lambda folder, rollout: outbox_channels(folder / "outbox", rollout))
    for _ in range(6):
        town.world.visit(DAY)
    place = tmp_path / "outbox" / "email"
    place.mkdir(parents=True)
    full = place / f".4.eml.{os.getpid()}"           # where the fourth message is written first: a file on a full disk
    full.symlink_to("/dev/full")
    sent = town.run(MORNING)
    assert (sent.due, sent.sent + sent.held) == (6, 6) and town.states(state="held")
    assert not (place / "4.eml").exists()
    full.unlink()
    town.run("2027-02-22 09:10")
    assert town.states() == ["accepted"] * 6
    written = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in place.iterdir()]
    assert sorted(each["To"] for each in written) == [f"person{number}@example.com" for number in range(1, 7)]
    assert all("</html>" in [part.get_content() for part in each.iter_parts()][1] for each in written)
    town.world.store.close()


def test_what_an_outbox_wrote_before_it_was_full_stands_as_sent_and_the_rest_says_why_it_waits(tmp_path: Path) -> None:
    town = Watched(tmp_path, lambda folder, rollout: outbox_channels(folder / "outbox", rollout))
    for _ in range(6):
        town.world.visit(DAY)
    (tmp_path / "outbox" / "email").mkdir(parents=True)
    (tmp_path / "outbox" / "email" / f".4.eml.{os.getpid()}").symlink_to("/dev/full")
    town.run(MORNING)
    written = {int(path.stem) for path in (tmp_path / "outbox" / "email").glob("[0-9]*.eml")}
    assert {row.id for row in town.world.notices(state="accepted")} == written and written
    assert {row.why for row in town.world.notices(state="held")} == {"full"}
    town.world.store.close()


@pytest.mark.parametrize("at_the", ["plan", "claim", "record"])
def test_a_database_without_room_loses_nothing_and_a_second_run_finishes(village: Watched, at_the: str) -> None:
    people(village.world, 120)
    village.world.store.close()                       # the connections that know no limit
    disk = Disk(village.world.store)
    now = village.at(MORNING)
    if at_the != "plan":
        village.plan(now)
    if at_the == "record":
        village.happens = lambda town, now: disk.fill()
    else:
        disk.fill()
    with pytest.raises(NO_DATABASE, match="database or disk is full"):
        village.send(now)
    assert village.states() in ([], ["due"] * 120, ["attempting"] * 100 + ["due"] * 20)
    disk.make_room()
    village.tell_all(now + 60)
    village.run("2027-02-22 09:10", "2027-02-22 10:00")
    assert village.states() == ["accepted"] * 120
    assert sorted(village.notices) == list(range(1, 121)) and village.balances("2027-02-23 09:00")


# ---- the clock -----------------------------------------------------------------------------------------------

def test_after_the_clock_went_back_a_date_that_moves_and_moves_back_is_corrected_each_time(town: Watched) -> None:
    town.world.visit(DAY)
    town.run("2027-02-22 10:00")                      # and now it is nine o'clock again
    town.world.change(1, town.at("2027-02-22 09:05"), day="2027-03-16")
    town.run("2027-02-22 09:02", "2027-02-22 09:16")
    assert "16 March" in town.last("email").words and "16 March" in town.last("sms").words
    town.world.change(1, town.at("2027-02-22 09:20"), day=DAY)
    town.run("2027-02-22 09:31", "2027-02-22 10:31", "2027-02-22 11:31")
    assert [each.notice for each in town.heard] == ["reminder", *["new-date"] * 4]
    assert "Tuesday 9 March" in town.last("email").words and "It replaces Tuesday 16 March" in town.last("sms").words


def test_after_the_clock_went_back_nothing_comes_twice_and_what_was_cut_off_or_held_ends_at_last(town: Watched) -> None:
    for _ in range(3):
        town.world.visit(DAY)
    town.ears["email"].batch_size = 1

    def dies(town: Watched, now: int) -> None:
        raise ConnectionError("the process dies here")

    with pytest.raises(ConnectionError):
        town.run("2027-02-22 10:00", happens=dies)
    town.run("2027-02-22 09:00", "2027-02-22 09:30")  # in the middle of it the clock goes back
    assert town.notices == [2, 3] and town.states(id=1) == ["attempting"]
    town.run("2027-02-22 10:49")
    assert town.states(id=1) == ["attempting"]
    town.run("2027-02-22 10:51", "2027-02-22 11:10")
    assert town.notices == [2, 3, 1] and town.states() == ["accepted"] * 3


def test_after_the_clock_went_back_a_provider_that_rests_is_asked_again_at_last(village: Watched) -> None:
    village.world.visit(DAY)

    def busy(town: Watched, now: int) -> None:
        raise Transient("the provider is busy", until=now + 3600)

    village.run("2027-02-22 10:00", happens=busy)
    village.run("2027-02-22 09:00", "2027-02-22 10:30")
    assert not village.heard
    village.run("2027-02-22 11:00")
    assert village.notices == [1]


# ---- the database --------------------------------------------------------------------------------------------

@pytest.fixture
def durable(postgres_server: Server) -> Iterator[Server]:
    """A server that keeps what it said it had committed, as a real one does and a quick one for tests does not."""
    def commits(how: str) -> None:
        postgres_server.do(f"ALTER SYSTEM SET synchronous_commit = {how}")
        postgres_server.do("SELECT pg_reload_conf()")

    commits("on")
    yield postgres_server
    commits("off")


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("end", [take_down, crash], ids=["stopped", "crashed"])
@pytest.mark.parametrize("back_in_time", [True, False], ids=["back in time", "back later"])
def test_a_database_started_anew_in_the_middle_of_a_send_costs_nobody_a_message_and_tells_nobody_twice(
        postgres: str, durable: Server, tmp_path: Path, back_in_time: bool, end: Callable[[Server], None]) -> None:
    with elsewhere(lambda: postgres):
        town = Watched(tmp_path)
    for _ in range(30):
        town.world.visit(DAY)
    town.ears["email"].batch_size = 10

    def goes_down(town: Watched, now: int) -> None:
        end(durable)
        if back_in_time:
            start_again(durable)

    if back_in_time:
        assert town.run(MORNING, happens=goes_down).sent == 30
    else:
        try:
            with pytest.raises(NO_DATABASE, match=r"connection|closed"):
                town.run(MORNING, happens=goes_down)
        finally:
            start_again(durable)
        assert town.states() == ["attempting"] * 10 + ["due"] * 20
        town.tell_all(town.at("2027-02-22 09:01"))
        town.run("2027-02-22 09:05")
    assert sorted(town.notices) == list(range(1, 31)) and town.states() == ["accepted"] * 30
    assert town.balances("2027-02-23 09:00")
    town.world.store.close()
