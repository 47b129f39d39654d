"""What customers asked for goes to the scheduler before the schedule is read again; slots come in beside it."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from doorstep.booking.requests import Declined, refuse
from doorstep.errors import DoorstepError
from doorstep.model import CalendarSlot, table
from doorstep.rollout import load_rollout
from doorstep.settings import Settings
from doorstep.store import open_store
from doorstep.timing import to_instant
from flows.pull import pull
from tests.flows.feeds import ROLLOUT, put, rows
from tests.flows.test_night import NORTHWICK, WHEN

pytestmark = [pytest.mark.flows, pytest.mark.usefixtures("prefect_server")]


def refused(visit: int) -> None:
    settings = Settings()
    store = open_store(settings)
    rollout = load_rollout(settings.config, ROLLOUT)
    assert isinstance(refuse(store, rollout, visit, channel="page", now=to_instant(WHEN) + 3600), Declined)
    store.close()


def handed_over(home: Path) -> list[tuple[str, str]]:
    """Work order and kind of every line that the scheduler has."""
    found = sorted((home / "requests" / ROLLOUT).glob("*.csv"))
    return [(row["work_order"], row["kind"]) for path in found for row in csv.DictReader(path.open(encoding="utf-8-sig"))]


def test_a_refusal_reaches_the_scheduler_before_the_next_pull_even_if_that_one_fails(home: Path) -> None:
    put(home, "1", rows(3))
    pull(NORTHWICK, WHEN)
    refused(2)
    (home / "feeds").rename(home / "unmounted")
    with pytest.raises(DoorstepError, match="is the share mounted"):
        pull(NORTHWICK, WHEN + timedelta(days=1))
    assert handed_over(home) == [("NW0000002", "hold")]
    (home / "unmounted").rename(home / "feeds")
    pull(NORTHWICK, WHEN + timedelta(days=1))
    assert handed_over(home) == [("NW0000002", "hold")]


def test_a_scheduler_who_is_away_keeps_no_visit_from_its_news_and_is_not_passed_over_in_silence(
        home: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = home / "config" / "rollouts" / f"{ROLLOUT}.toml"
    slots = home / "slots"
    slots.mkdir()
    (slots / "slots.csv").write_text("area,day,window,capacity\n*,2027-03-16,AM,4\n*,2027-03-17,AM,many\n")
    file.write_text(file.read_text("utf-8").replace("live = false", "live = true") + "\n[booking]\n"
                    f'calendar = {{ kind = "folder", path = "{slots}" }}\nwrite_back = {{ kind = "fax" }}\n', "utf-8")
    put(home, "1", rows(3))
    with pytest.raises(DoorstepError, match='"fax" is not a kind; the kinds are folder, s3, webhook'):
        pull(NORTHWICK)
    store = open_store(Settings())
    with store.read() as connection:
        assert [row.capacity for row in connection.execute(table(CalendarSlot).select())] == [4]
        assert connection.exec_driver_sql("SELECT count(*) FROM visit").scalar_one() == 3
    assert "slots.csv: line 3: the capacity cannot be read" in caplog.text
    store.close()
