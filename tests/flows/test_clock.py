"""What "now" is for a run that is punctual, late, or asked to play another day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from doorstep.errors import UsageError
from flows.clock import as_scheduled, in_zone, overslept, refuse_another_day
from tests.making import make_rollout

TWO = datetime(2027, 3, 9, 2, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(("late", "now"), [
    (timedelta(seconds=40), TWO),                       # punctual: as of its scheduled moment
    (timedelta(minutes=15), TWO),
    (timedelta(hours=3), TWO + timedelta(hours=3)),     # late: quiet hours are those of the true time
])
def test_a_punctual_run_acts_as_of_its_schedule_and_a_late_one_as_of_the_clock(late: timedelta, now: datetime) -> None:
    assert as_scheduled(TWO, TWO + late) == now


@pytest.mark.parametrize(("hours", "said"), [(0, None), (19, None), (20, None), (21, "started 21 h late")])
def test_a_night_that_comes_a_day_late_is_left_to_the_next(hours: int, said: str | None) -> None:
    reason = overslept(TWO, TWO + timedelta(hours=hours))
    assert reason is None if said is None else said in str(reason)


@pytest.mark.parametrize(("written", "local"), [
    (datetime(2027, 7, 9, 14, 30), "2027-07-09 14:30 +0100"),                 # noqa: DTZ001  (without a zone on purpose)
    (datetime(2027, 7, 9, 14, 30, tzinfo=UTC), "2027-07-09 15:30 +0100"),
])
def test_a_moment_without_a_zone_is_the_rollouts_own_time(written: datetime, local: str) -> None:
    assert f"{in_zone(written, LONDON):%Y-%m-%d %H:%M %z}" == local


def test_a_live_rollout_plays_no_other_day() -> None:
    with pytest.raises(UsageError, match=r'northwick is live, and now = "2027-03-12 02:00" is not today'):
        refuse_another_day(make_rollout(live=True), TWO + timedelta(days=3), TWO)


def test_a_rehearsal_plays_any_day() -> None:
    refuse_another_day(make_rollout(), TWO + timedelta(days=300), TWO)
