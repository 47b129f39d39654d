"""On PostgreSQL: every database that a test of this room makes is one of the server's."""

from collections.abc import Iterator

import pytest

from tests.making import elsewhere
from tests.postgres.server import Server


@pytest.fixture(autouse=True)
def _on_postgres(postgres_server: Server) -> Iterator[None]:
    made: list[str] = []

    def fresh() -> str:
        made.append(postgres_server.fresh())
        return made[-1]

    with elsewhere(fresh):
        yield
    for url in made:
        postgres_server.give_back(url)
