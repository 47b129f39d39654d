"""Thousands of notices, senders that are killed at random moments, and a provider that counts what arrives.

`python -m tests.proof.kills REPORT` runs it on SQLite, with --postgres on a PostgreSQL that it starts; --help says the rest.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.proof.under_fire import prove

NOTICES, KILLS, SEED = 20_000, 200, 20_270_216


@contextmanager
def _database(given: argparse.Namespace) -> Iterator[str]:
    if given.database:
        yield given.database
    elif given.postgres:
        from tests.postgres.server import Server

        server = Server()
        try:
            yield server.fresh()
        finally:
            server.stop()
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/d.db"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="the file to write what was counted to")
    parser.add_argument("--database", help="the address of an empty database")
    parser.add_argument("--postgres", action="store_true", help="with four senders")
    for name, number in (("notices", NOTICES), ("kills", KILLS), ("seed", SEED), ("senders", 0)):
        parser.add_argument(f"--{name}", type=int, default=number)
    given = parser.parse_args()
    with _database(given) as database:
        report = prove(database, senders=given.senders or (4 if given.postgres else 1), notices=given.notices, kills=given.kills,
                       seed=given.seed)
    given.report.write_text(json.dumps(report))
    sys.stdout.write(json.dumps({name: value for name, value in report.items() if name != "taken"}) + "\n")


if __name__ == "__main__":
    main()
