"""Drafts the next migration from what the model has and the last one does not: `python -m doorstep.migrations "what changed"`."""

import argparse
import sys
import tempfile
from pathlib import Path

from alembic import command

from doorstep.migrations import HERE, config_for, versions
from doorstep.settings import Settings
from doorstep.store import open_store


def draft(message: str, into: Path = HERE / "versions") -> Path:
    """Write the next migration, to be read and mended by its author; where it is."""
    number = f"{int(versions()[-1]) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(database_url=f"sqlite:///{folder}/d.db"))
        with store.write() as connection:
            config = config_for(connection)
            config.set_main_option("path_separator", "newline")
            config.set_main_option("version_locations", f"{HERE / 'versions'}\n{into}")
            made = command.revision(config, message, autogenerate=True, rev_id=number, version_path=str(into))
        store.close()
    assert made is not None and not isinstance(made, list)
    return Path(made.path)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m doorstep.migrations", description=__doc__)
    options.add_argument("message", help="what changed, in a few words")
    sys.stdout.write(f"{draft(options.parse_args().message)}\n")
