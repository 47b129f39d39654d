"""What every test shares."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.amazon import Amazon
    from tests.desk.office import Office
    from tests.postgres.server import Server
    from tests.town import Town


gc.disable()        # a third of the time it takes to collect the tests would go into looking through what all stays anyway


def pytest_collection_finish() -> None:
    """All that was imported stays: nothing looks through it again, and processes that are forked share it. What tests leave
    behind in circles is little: the young is looked for now and then, the old once, when a worker has done its last test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    gc.enable()


def pytest_runtest_teardown(nextitem: object) -> None:
    """What fails while it is thrown away fails the last test of its worker."""
    if nextitem is None:
        gc.collect()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes and long texts are no names: a packed file holds the second in which it was made, a signature is new each time,
    and every worker must name tests alike."""
    if isinstance(val, bytes):
        return "bytes"
    return "text" if isinstance(val, str) and len(val) > 80 else None


# What takes longest begins first, so that the workers end together; and Prefect's database is built by the first test that
# serves everything, for all that come after it.
FIRST = ("tests/test_types.py", "tests/proof/test_kills.py", "tests/simulation/", "tests/browser/",
         "tests/flows/test_serving.py", "tests/flows/", "tests/test_killed.py", "tests/proof/")


@pytest.hookimpl(tryfirst=True)          # xdist reads the groups in this hook too, and before ours if nobody says otherwise
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long to start (Prefect's server, PostgreSQL, Amazon's, a browser, a made-up rollout) is started once: its
    tests share one worker."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("browser"))
        elif "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("flows"))
        elif "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("postgres"))
        elif "moto_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("amazon"))
        elif "tests/simulation/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=lambda item: next((place for place, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST)))


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
    postgres_server.give_back(url)


@pytest.fixture(scope="session")
def moto_server() -> Iterator["Amazon"]:
    """Amazon's services by moto, started when the first test asks for them."""
    from tests.amazon import Amazon

    server = Amazon()
    yield server
    server.stop()


@pytest.fixture
def moto(moto_server: "Amazon", monkeypatch: pytest.MonkeyPatch) -> "Amazon":
    """Amazon's services without a bucket or queue, and an environment that leads there."""
    from tests.amazon import ENVIRONMENT

    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": moto_server.url}.items():
        monkeypatch.setenv(name, value)
    moto_server.empty()
    return moto_server


@pytest.fixture
def town(tmp_path: Path) -> "Town":
    """A town without a visit."""
    from tests.town import Town

    return Town(tmp_path)


@pytest.fixture
def office(tmp_path: Path) -> "Office":
    """An office without a customer."""
    from tests.desk.office import Office

    return Office(tmp_path)
