"""An attempt that a crash cut off, found long afterwards: in doubt first, and told again only when its events had their time."""

from pathlib import Path

import pytest
from sqlalchemy import select

from doorstep.inbox.events import Event, record_events
from doorstep.model import Journal, table
from tests.making import at
from tests.town import Town

CRASH, BACK, TOO_EARLY, TIME = "2027-02-22 09:00", "2027-02-22 12:00", "2027-02-22 12:14", "2027-02-22 12:16"
J = table(Journal)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """One reminder, whose sender died before the answer; nobody was there for three hours."""
    town = Town(tmp_path)
    town.world.visit("2027-03-09")
    town.streets["email"].answer = "unknown"
    town.night(CRASH)
    with town.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE notice SET state='attempting', why=NULL, lease_until=attempted_at + 3000")
        connection.exec_driver_sql("DELETE FROM journal")
    town.streets["email"].answer = "accepted"
    town.night(BACK)
    return town


def outcomes(town: Town) -> list[tuple[str, str, str]]:
    with town.world.store.read() as connection:
        return [(row.kind, row.ref, row.data) for row in connection.execute(select(J).where(J.c.notice_id.is_not(None)))]


def test_it_is_in_doubt_and_the_journal_says_so_once(town: Town) -> None:
    town.night(TOO_EARLY)
    row = town.one(notice="reminder")
    assert (row.state, row.attempt, town.said("email")) == ("unknown", 1, [])
    assert outcomes(town) == [("unknown", f"{row.id}.1", "cut_off")]


def test_when_no_event_comes_it_is_told_again_after_the_time_of_grace(town: Town) -> None:
    town.night(TIME)
    row = town.one(notice="reminder")
    assert (row.state, row.attempt, len(town.said("email"))) == ("accepted", 2, 1)


def test_an_event_that_comes_within_it_settles_it(town: Town) -> None:
    record_events(town.world.store, town.world.rollout, [Event("delivered", town.one(notice="reminder").id, 0, "event 1")],
                  at(TOO_EARLY, town.world.rollout))
    town.night(TIME)
    row = town.one(notice="reminder")
    assert (row.state, row.attempt, town.said("email")) == ("delivered", 1, [])
