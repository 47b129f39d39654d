"""Several senders on a work pool: the sending run calls its helpers once, and each of them is a run of its own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prefect import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from sqlalchemy import insert

from bench.making import customers, visits
from doorstep.model import Customer, Visit
from doorstep.planning import plan_phase
from doorstep.rollout import load_rollout
from doorstep.settings import Settings
from doorstep.store import open_store
from doorstep.timing import to_instant
from flows.deployments import as_yaml, configured
from flows.hand_over import hand_over
from tasks.helping import WORTH_SHARING, call_helpers
from tests.flows.feeds import ROLLOUT
from tests.flows.test_night import NORTHWICK

pytestmark = [pytest.mark.flows, pytest.mark.usefixtures("prefect_server")]
WHEN = datetime(2027, 2, 16, 10, tzinfo=UTC)


@pytest.fixture
def shared(home: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rollout with three senders on PostgreSQL, and more notices due than one sender should carry alone."""
    monkeypatch.setenv("DOORSTEP_DATABASE_URL", postgres)
    file = home / "config" / "rollouts" / "northwick.toml"
    file.write_text("senders_at_once = 3\n" + file.read_text("utf-8"), "utf-8")
    settings = Settings()
    store = open_store(settings)
    with store.write() as connection:
        connection.execute(insert(Customer), list(customers(WORTH_SHARING)))
        connection.execute(insert(Visit), list(visits(WORTH_SHARING)))
    rollout = load_rollout(settings.config, ROLLOUT)
    assert plan_phase(store, rollout, phase="before", now=to_instant(WHEN), record_missed=False) >= WORTH_SHARING
    yield rollout
    store.close()


def helpers(deployment: Any) -> int:
    """The runs that wait for a worker of the pool."""
    with get_client(sync_client=True) as client:
        return len(client.read_flow_runs(deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))))


def test_helpers_are_called_once_for_a_moment_however_often_the_run_is_tried_again(shared: Any) -> None:
    (entry,) = [each for each in configured(Settings()) if each.name == f"hand-over-{ROLLOUT}"]
    assert as_yaml(entry)["concurrency_limit"]["limit"] == 2
    with get_client(sync_client=True) as client:
        flow = client.create_flow(hand_over)
        deployment = client.create_deployment(flow_id=flow, name=entry.name, parameters=dict(entry.parameters))
    assert call_helpers.fn(ROLLOUT, WHEN) == 2
    assert call_helpers.fn(ROLLOUT, WHEN) == 2
    assert helpers(deployment) == 2
    assert hand_over(NORTHWICK, WHEN).sent >= WORTH_SHARING
    assert call_helpers.fn(ROLLOUT, WHEN) == 0                      # nothing is left that were worth sharing
