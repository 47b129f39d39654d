"""Prefect's test server, once for the session and only for the tests that ask for it; and homes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import flows  # noqa: F401  (before Prefect: it says that nobody phones home)
from tests.flows.feeds import configure


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Prefect with an empty database, without the heartbeat whose end each flow would wait a second for."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with its own database, outbox and feed folder."""
    monkeypatch.setenv("DOORSTEP_HOME", str(tmp_path))
    monkeypatch.setenv("DOORSTEP_CONFIG", str(configure(tmp_path)))
    monkeypatch.delenv("DOORSTEP_DATABASE_URL", raising=False)
    monkeypatch.delenv("DOORSTEP_OUTBOX", raising=False)
    return tmp_path
