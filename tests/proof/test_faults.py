"""Every fault of a provider, alone and mixed: nothing is lost, nothing comes twice, and the time it took is told."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from doorstep.delivery.settling import MOST_DOUBTS
from tests.proof.fault_road import Moods, Road

log = logging.getLogger(__name__)
FAULTS = ("slow", "429", "500", "502_html", "reset", "accept_then_hang", "accept_then_reset")
Ride = Callable[..., Road]


def moods(faults: Sequence[str], share: float, seed: int = 1) -> Moods:
    """By chance so many of the requests meet with one of the faults; the first one always does."""
    luck = Random(seed)
    return Moods(lambda number: luck.choice(faults) if luck.random() < share or number == 1 else None)


@pytest.fixture
def ride(tmp_path: Path, record_property: Callable[[str, object], None]) -> Iterator[Ride]:
    """Opens a road, runs it to the end, and notes how long it took here and there."""
    with ExitStack() as stack:
        def made(moods: dict[str, Moods], **how: Any) -> Road:
            road = Road(tmp_path, stack, moods, **how)
            began = time.monotonic()
            minutes, seconds = road.run(), time.monotonic() - began
            record_property("minutes", minutes)
            record_property("seconds", round(seconds, 2))
            log.info("%s: %s in %d made-up minutes, %.1f s", "+".join(moods), road.sums(), minutes, seconds)
            assert seconds < 60
            return road
        yield made


def nothing_lost_nothing_twice(road: Road, count: int, condemned: Collection[int] = ()) -> None:
    """Each notice came to its customer once, or stands as one that went unanswered three times; but for the condemned."""
    arrived = road.arrived()
    given_up = [row for row in road.world.notices(state="unknown") if row.id not in condemned]
    assert set(arrived.values()) == {1}
    assert all(road.doubts(row.id) == MOST_DOUBTS and row.id not in arrived for row in given_up)
    assert len(arrived) + len(given_up) + len(condemned) == count == road.sums()["due"]
    assert road.sums()["sent"] == len(arrived) > 0.9 * (count - len(condemned))
    assert road.mismatches() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_third_request_of_sendgrid_loses_nothing_and_tells_nobody_twice(ride: Ride, fault: str) -> None:
    mood = moods([fault], 1 / 3)
    nothing_lost_nothing_twice(ride({"sendgrid": mood}, count=160), 160)
    assert mood.had[fault] >= 3


def test_one_request_in_five_of_sendgrid_fails_in_any_way(ride: Ride) -> None:
    mood = moods(FAULTS, 0.2)
    nothing_lost_nothing_twice(ride({"sendgrid": mood}, count=1000, portion=40), 1000)
    assert sum(mood.had.values()) - mood.had[None] >= 5


@pytest.mark.parametrize(("name", "count", "portion"), [("ses", 120, 5), ("aws_sms", 80, 20), ("twilio", 80, 20)])
def test_one_request_in_five_of_another_provider_fails_in_any_way(ride: Ride, name: str, count: int, portion: int) -> None:
    mood = moods(FAULTS, 0.2)
    nothing_lost_nothing_twice(ride({name: mood}, count=count, portion=portion), count)
    assert sum(mood.had.values()) - mood.had[None] >= 5


def test_two_providers_that_fail_at_every_fifth_request_carry_for_each_other(ride: Ride) -> None:
    first, second = moods(FAULTS, 0.2), moods(FAULTS, 0.2, seed=2)
    road = ride({"sendgrid": first, "ses": second}, count=240)
    nothing_lost_nothing_twice(road, 240)
    assert all(stub.refs() for stub in road.stubs.values())


class Entries(dict[str, str]):
    """What SES says of single entries of a bulk: some it never takes, some not at once."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        number = int(key.removeprefix("person").partition("@")[0])
        never = {2: "MESSAGE_REJECTED", 3: "FAILED"}.get(number % 40)
        if never or key in self.said:
            return never
        self.said.add(key)
        return {0: "TRANSIENT_FAILURE", 1: "ACCOUNT_THROTTLED"}.get(number % 20)


def test_whom_ses_refuses_in_the_middle_of_a_bulk_fails_alone_and_whom_it_puts_off_goes_out_later(ride: Ride) -> None:
    road = ride({"ses": moods(FAULTS, 0.1)}, count=200, refuse=Entries())
    condemned = {row.id: (row.state, row.why) for row in road.world.notices() if (row.customer_id - 1) % 40 in (2, 3)}
    assert len(condemned) == 10 and not set(condemned) & set(road.arrived())
    # Where a try went unanswered before the refusal, nobody can say that it did not arrive.
    assert ("failed", "unreachable") in condemned.values()
    assert set(condemned.values()) <= {("failed", "unreachable"), ("unknown", "unsettled")}
    nothing_lost_nothing_twice(road, 200, set(condemned))


def test_africas_talking_carries_no_reference_so_what_is_told_again_is_what_it_did_not_take(ride: Ride) -> None:
    mood = Moods(lambda number: {1: "429", 3: "500", 4: "502_html", 7: "reset"}.get(number))
    nothing_lost_nothing_twice(ride({"africastalking": mood}, count=200), 200)
    assert len(mood.had) == 5


def test_what_africas_talking_took_without_an_answer_is_not_told_twice_where_the_notice_says_leave(ride: Ride) -> None:
    road = ride({"africastalking": moods(["accept_then_hang", "accept_then_reset", "slow"], 0.3)}, count=100, leave=True)
    assert set(road.arrived().values()) == {1} and len(road.arrived()) == 100
    assert {row.state for row in road.world.notices()} == {"accepted", "unknown"}
