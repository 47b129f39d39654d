"""What every test shares."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.postgres.server import Server


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are no names: a packed file holds the second in which it was made, and every worker must name tests alike."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Prefect's server and PostgreSQL take long to start: the tests of each share one worker, so that it starts once."""
    for item in items:
        if "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("flows"))
        elif "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("postgres"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["Server"]:
    """A real PostgreSQL, started when the first test asks for it."""
    from tests.postgres.server import Server

    server = Server()
    yield server
    server.stop()


@pytest.fixture
def postgres(postgres_server: "Server") -> Iterator[str]:
    """The address of a migrated PostgreSQL database of the test's own."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)
