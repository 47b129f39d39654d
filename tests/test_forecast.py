"""The dry run: what it says is what then happens."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from doorstep.forecast import forecast, people
from doorstep.timing import local_day
from tests.making import at
from tests.town import Town

DAYS = 6


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    kinds: list[dict[str, Any]] = [{}, {"email": None}, {"phone": None}, {"email": None, "phone": None}, {"status": "booked"},
                                   {"life_support": 1, "status": "booked"}]
    for number in range(12):
        town.world.visit(f"2027-03-{9 + number % 5:02d}", **kinds[number % 6])
    return town


def test_the_forecast_of_visits_that_do_not_change_is_what_goes_out(town: Town) -> None:
    rollout, start = town.world.rollout, "2027-03-04 06:00"
    rows = list(forecast(town.world.store, rollout, now=at(start, rollout), days=DAYS))
    foreseen = Counter({(row.day, row.notice, row.channel): 0 for row in rows})
    for row in rows:
        foreseen[row.day, row.notice, row.channel] += row.count
    moment = datetime.fromisoformat(start)
    for hour in range(DAYS * 24):
        if hour % 24 in (0, 2, 3, 4, 11):    # 06:00, 08:00, 09:00, 10:00 and 17:00
            town.night(str(moment + timedelta(hours=hour)))
    sent = Counter((str(local_day(row.attempted_at, rollout.zone)), row.notice, row.channel)
                   for row in town.world.notices() if row.attempted_at)
    quiet = ("too_late", "other_copy_carries_it")
    unreached = Counter((str(local_day(row.closed_at, rollout.zone)), row.notice, None)
                        for row in town.world.notices() if row.state in ("failed", "missed") and row.why not in quiet)
    assert foreseen == sent + unreached
    assert not [row for row in rows if row.channel and row.cost < 0]


def test_the_dry_run_changes_nothing_and_lists_each_person_once(town: Town) -> None:
    now = at("2027-03-04 06:00", town.world.rollout)
    listed = list(people(town.world.store, town.world.rollout, now=now, days=DAYS))
    counted = sum(row.count for row in forecast(town.world.store, town.world.rollout, now=now, days=DAYS))
    assert len(listed) == len(set(listed)) == counted
    assert not town.world.notices()


def test_a_notice_that_waits_for_the_morning_is_foreseen_for_the_morning(town: Town) -> None:
    town.night("2027-02-24 09:00")
    now = at("2027-02-24 09:30", town.world.rollout)
    again = [row for row in forecast(town.world.store, town.world.rollout, now=now, days=1) if row.day == "2027-02-24"]
    assert not again                                   # what went out is not foreseen again
