"""Prefect's test server, once for the session and only for the tests that ask for it; and homes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import flows  # noqa: F401  (before Prefect: it says that nobody phones home)
from tests.flows.feeds import at_home


@pytest.fixture(scope="session")
def prefects_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Prefect's database is, once one of its servers has built it, which takes longer than all else that a server does."""
    return tmp_path_factory.mktemp("prefect") / "prefect-test.db"


@pytest.fixture(scope="session")
def prefect_server(prefects_database: Path) -> Iterator[None]:
    """Prefect with a database in which nothing ran, without the heartbeat whose end each flow would wait a second for."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (pytest.MonkeyPatch.context() as patch, temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})):
        patch.setattr("prefect.testing.utilities.mkdtemp", lambda: str(prefects_database.parent))
        with prefect_test_harness(server_startup_timeout=120):
            yield


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home with its own database, outbox and feed folder."""
    with at_home(tmp_path):
        yield tmp_path
