"""A rollout with its own feed folder, and schedules to put there."""

import csv
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from doorstep import schedule
from doorstep.rollout import load_rollout
from doorstep.rollout.load import PHASES
from doorstep.settings import CHECKOUT, Settings
from doorstep.store import open_store
from doorstep.timing import to_instant

ROLLOUT = "northwick"
FIRST = date(2027, 3, 1)
COLUMNS = ("WO_NUM", "PREMISE", "ACCT", "CUSTOMER", "EMAIL", "MOBILE", "LANG", "ADDR1", "TOWN", "POSTCODE", "WAVE", "FUEL",
           "OLD_SERIAL", "INSTALL_DATE", "SLOT", "STATUS", "PSR", "LIFE_SUPPORT", "TENURE", "SECTOR", "OUTCOME",
           "OUTCOME_AT", "UPDATED")


def configure(home: Path) -> Path:
    """A copy of the configuration whose rollout reads `home`/feeds; returns the config folder."""
    config = home / "config"
    shutil.copytree(CHECKOUT / "config", config)
    file = config / "rollouts" / f"{ROLLOUT}.toml"
    file.write_text(re.sub(r'path = "[^"]*"', f'path = "{home / "feeds"}"', file.read_text("utf-8"), count=1), "utf-8")
    (home / "feeds").mkdir()
    return config


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """Until this ends, everything is in that folder: configuration, database, outbox and feeds."""
    with pytest.MonkeyPatch.context() as around:
        around.setenv("DOORSTEP_HOME", str(home))
        around.setenv("DOORSTEP_CONFIG", str(configure(home)))
        around.delenv("DOORSTEP_DATABASE_URL", raising=False)
        around.delenv("DOORSTEP_OUTBOX", raising=False)
        yield


def told(now: datetime) -> None:
    """A night without Prefect: the core's pull, and the tasks' own functions."""
    from prefect.logging import disable_run_logger

    from tasks.planning import plan_notices
    from tasks.sending import hand_over

    settings = Settings()
    store = open_store(settings)
    schedule.pull(store, load_rollout(settings.config, ROLLOUT), settings=settings, now=to_instant(now))
    store.close()
    with disable_run_logger():
        for phase in PHASES:
            plan_notices.fn(ROLLOUT, phase, now)
            hand_over.fn(ROLLOUT, phase, now)


def rows(count: int, **changes: str) -> list[dict[str, str]]:
    """That many visits, one a household, spread over ten days from FIRST on."""
    return [{**dict.fromkeys(COLUMNS, ""), "WO_NUM": f"NW{n:07d}", "PREMISE": f"{n:09d}", "ACCT": f"A-{n:07d}",
             "CUSTOMER": f"Ms Person {n}", "EMAIL": f"person{n}@example.net", "MOBILE": f"07400 {n:06d}", "LANG": "en",
             "ADDR1": f"{n} Quay Street", "TOWN": "Northwick", "POSTCODE": "L1 0YE", "WAVE": "W01", "FUEL": "ELEC",
             "OLD_SERIAL": f"E{n:08d}", "INSTALL_DATE": f"{FIRST + timedelta(days=n % 10):%d/%m/%Y}", "SLOT": "AM",
             "STATUS": "PLANNED", "PSR": "N", "LIFE_SUPPORT": "N", "TENURE": "OCCUPIER", "SECTOR": "DOM",
             "UPDATED": "2027-01-04T02:00:00Z", **changes} for n in range(1, count + 1)]


def put(home: Path, name: str, schedule: Sequence[Mapping[str, str]]) -> Path:
    """Write a schedule into the feed folder."""
    return write(home / "feeds" / f"{ROLLOUT}-{name}.csv", schedule)


def write(path: Path, schedule: Sequence[Mapping[str, str]]) -> Path:
    """Write a schedule as the rollout's feeds come."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(schedule)
    return path


def messages(home: Path) -> list[str]:
    """Every message in the outbox, by channel and notice; a file half written at a crash is hidden, and is none."""
    outbox = home / "outbox"
    return sorted(path.relative_to(outbox).as_posix() for path in outbox.rglob("[!.]*") if path.is_file())
