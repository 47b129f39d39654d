"""The story of a visit: what stood, what was said in which words, what came back, and why not."""

from pathlib import Path

import pytest

from doorstep.errors import UsageError
from doorstep.explain import explain
from doorstep.inbox.events import Event, record_events
from doorstep.model import WorkOrder
from tests.making import at
from tests.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    visit = town.world.visit("2027-03-09")
    town.world.put(WorkOrder, rollout="northwick", number="NW0000001", customer_id=1, visit_id=visit, commodity="electricity",
                   status="planned", day="2027-03-09", stamp=0, digest="", feed_id=1)
    town.night("2027-02-22 09:00")
    number = town.one(notice="reminder").id
    delivered = Event("delivered", number, at("2027-02-22 09:02", town.world.rollout), "e")
    record_events(town.world.store, town.world.rollout, [delivered], 0)
    town.world.change(visit, at("2027-03-08 12:00", town.world.rollout), status="cancelled",
                      outcome_at=at("2027-03-08 12:00", town.world.rollout))
    town.night("2027-03-08 17:00")
    return town


@pytest.mark.parametrize("key", ["NW0000001", "A1", "visit 1", "notice 2"])
def test_it_is_found_by_work_order_account_visit_or_notice(town: Town, key: str) -> None:
    story = explain(town.world.store, town.world.rollout, key)
    told = "\n".join(line.what for line in story.lines)
    assert "reminder (duty, 2027-03-09) delivered by email in en" in told
    assert "visit 1 version 2" in told and "cancelled" in told
    assert "visit-cancelled" in told and "accepted by sms" in told
    assert [line.at for line in story.lines] == sorted(line.at for line in story.lines)


def test_each_message_stands_there_with_its_words(town: Town) -> None:
    story = explain(town.world.store, town.world.rollout, "NW0000001")
    (reminder,) = [line for line in story.lines if "reminder" in line.what and line.words]
    assert "Tuesday 9 March 2027" in reminder.words and "Ms Person 1" in reminder.words
    assert story.as_json(town.world.rollout)["story"][0]["at"]


def test_every_no_has_its_reason(town: Town) -> None:
    story = explain(town.world.store, town.world.rollout, "NW0000001")
    missed = [line.what for line in story.lines if "missed" in line.what]
    assert any("formal-notice" in line and "its usefulness had ended" in line for line in missed)


def test_an_unknown_key_is_one_sentence(town: Town) -> None:
    with pytest.raises(UsageError, match=r'"NW999" is no work order, account'):
        explain(town.world.store, town.world.rollout, "NW999")
