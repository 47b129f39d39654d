"""How a database of an earlier version becomes one of this version, and loses no row of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from doorstep.errors import ConfigError

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).resolve().parent
VERSION_TABLE = "doorstep_version"      # not alembic's own name: Prefect may keep its tables in the same database
BEFORE_ALEMBIC = "0001"


def versions() -> list[str]:
    """Every version there has been, oldest first; the last is this program's."""
    return sorted(path.name[:4] for path in (HERE / "versions").glob("[0-9]*.py"))


def version_of(connection: Connection) -> str | None:
    """The version of a database: None for one that is empty or older than versions."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def is_newest(connection: Connection) -> bool:
    """Whether there is nothing to do; quickly, since every command asks."""
    return version_of(connection) == versions()[-1]


def bring_up(connection: Connection) -> None:
    """Bring a database to this program's version, in the transaction that is open. Raises ConfigError for a newer one."""
    # Here, because it takes a third of a second to import and is needed once in the life of a version.
    from alembic import command

    known, found = versions(), version_of(connection)
    if found == known[-1]:
        return      # somebody else did it while we waited for our turn
    if found is not None and found not in known:
        raise ConfigError(f"DOORSTEP_DATABASE_URL: this database is of version {found}, made by a newer Doorstep than this one, "
                          f"which knows versions up to {known[-1]}; install the newer Doorstep or name another database")
    config = config_for(connection)
    if found is None and inspect(connection).has_table("visit"):
        command.stamp(config, BEFORE_ALEMBIC)
    command.upgrade(config, "head")


def config_for(connection: Connection) -> "Config":
    """What alembic must know: where the migrations are, and on which connection they run."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return config
