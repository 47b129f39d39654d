"""A rollout with its own feed folder, and schedules to put there."""

import csv
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from doorstep.settings import CHECKOUT

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
