"""A night from end to end: once through, again, held up, and too late."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.flow_engine import run_flow
from prefect.states import Scheduled

from doorstep.errors import DoorstepError
from flows.accept_feed import accept_feed
from flows.nightly import nightly
from flows.parameters import RolloutName
from flows.pull import pull
from flows.send import send
from tests.flows.feeds import ROLLOUT, messages, put, rows

pytestmark = [pytest.mark.flows, pytest.mark.usefixtures("prefect_server")]
WHEN = datetime(2027, 2, 1, 9, 30, tzinfo=UTC)
NORTHWICK = RolloutName(ROLLOUT)          # as a person picks it from the list
COUNT = 40
CUSTOMERS = ("Ms Person", "@example.net", "Quay Street", "7400")

def night(now: datetime = WHEN) -> Any:
    return nightly(NORTHWICK, now)


def artifact(key: str) -> str:
    """The newest page under a key."""
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])), limit=200)
    return str(max(found, key=lambda each: each.created).data)


def test_a_night_tells_everyone_who_is_due_once_and_shows_how_it_went(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(home, "1", rows(COUNT))
    done = night()
    assert [report.taken for report in done.pulled] == [COUNT]
    assert done.phases["before"].sent.sent == len(messages(home)) > COUNT
    assert done.measured.page.is_file()
    pages = {key: artifact(f"{key}-northwick") for key in
             ("pull", "kpis-before", "kpis-during", "kpis-after", "waiting", "night")}
    assert "| B1 |" in pages["kpis-before"]
    assert f"{COUNT} taken" in pages["pull"]
    assert pages["waiting"] == "Nothing waits for a person."
    assert not [name for name in CUSTOMERS for text in [*pages.values(), caplog.text] if name in text]

    told = messages(home)
    later = WHEN + timedelta(minutes=20)
    assert pull(NORTHWICK, later) == []
    assert send(NORTHWICK, later).sent == 0
    assert messages(home) == told


def test_a_feed_that_drops_too_much_waits_for_a_person_who_repeats_its_count(home: Path) -> None:
    put(home, "1", rows(COUNT))
    pull(NORTHWICK, WHEN)
    put(home, "2", rows(COUNT // 2, UPDATED="2027-01-05T02:00:00Z"))
    (held,) = pull(NORTHWICK, WHEN + timedelta(days=1))
    assert held.held == "rows_vanished"
    page = artifact("waiting-northwick")
    assert f"| feed_id | `{held.feed_id}` |" in page
    assert f"| count | `{COUNT // 2}` |" in page
    with pytest.raises(DoorstepError, match=f"would change {COUNT // 2} open work orders, not 3"):
        accept_feed(NORTHWICK, feed_id=held.feed_id, count=3, by="Jo Bell")
    taken = accept_feed(NORTHWICK, feed_id=held.feed_id, count=COUNT // 2, by="Jo Bell")
    assert taken.held is None
    assert artifact("waiting-northwick") == "Nothing waits for a person."


def test_a_night_that_is_a_day_late_does_nothing_and_says_so(home: Path) -> None:
    put(home, "1", rows(COUNT))
    with get_client(sync_client=True) as client:
        yesterday = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=30))
        run = client.create_flow_run(nightly, parameters={"rollout": ROLLOUT}, state=yesterday)
    state: Any = run_flow(nightly, flow_run=run, parameters={"rollout": ROLLOUT}, return_type="state")
    assert (state.name, state.is_completed()) == ("Skipped", True)
    assert "started 30 h late" in state.message
    assert messages(home) == []
