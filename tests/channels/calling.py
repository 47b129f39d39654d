"""A call centre: notices of visits, the list with their calls, and what callers wrote into it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Item
from doorstep.channels.calls import COLUMNS, CallFile, call_events, keep_outcomes, open_channels, read_outcomes, worklist
from doorstep.inbox.events import record_events
from doorstep.model import Notice
from doorstep.settings import Settings
from doorstep.store import Store
from doorstep.words import Library
from tests.making import World, at, make_store
from tests.words.desk import ROLLOUT, case_of, library_of, skeleton_of

NOW = at("2027-03-05 10:00", ROLLOUT)
DUE = at("2027-03-08 17:00", ROLLOUT)
WORDS = ("Subject: Visit on {{ visit.day }}\nVoice: {{ utility.name }} comes {{ visit.day }}, {{ visit.window }}.\n\n"
         "Dear {{ customer.name }},\n\n- Reference {{ visit.reference }}\n")
NUMBER = "+447400123401"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"), WORDS)


class Desk:
    """A call centre: notices of visits, and the list with its calls."""

    def __init__(self, folder: Path, library: Library) -> None:
        self.folder, self.library = folder, library
        self.settings = Settings(home=folder)
        self.store: Store = make_store(folder)
        self.world = World(self.store, ROLLOUT)
        self.channel = open_channels(ROLLOUT, self.settings)["call"]

    def notice(self, **values: Any) -> int:
        """A visit on 9 March whose notice has been handed over for a call."""
        visit = self.world.visit(**{name: value for name, value in values.items() if name in ("status", "day", "phone")})
        return self.world.put(Notice, **{
            "rollout": "northwick", "notice": "reminder", "phase": "before", "purpose": "duty", "visit_id": visit,
            "customer_id": visit, "occasion": "2027-03-09", "due_at": 0, "until_at": DUE, "not_before": 0, "state": "accepted",
            "channel": "call", "created_at": 0, "told_day": "2027-03-09", "told_start": 480, "told_end": 720, "attempt": 1,
            **{name: value for name, value in values.items() if name in Notice.model_fields}})

    def item(self, notice: int, name: str = "Ms Andrea O'Neill", **values: Any) -> Item:
        skeleton, texts = skeleton_of(self.library, "call", case_of(name=name))
        return Item(notice, f"{notice}.1", NUMBER, skeleton, texts, name, until_at=DUE)._replace(**values)

    def put(self, **values: Any) -> int:
        """A notice on the list."""
        number = self.notice(**{name: value for name, value in values.items() if name not in Item._fields})
        item = self.item(number, **{name: value for name, value in values.items() if name in Item._fields})
        assert self.channel.send([item], now=NOW)[0].state == "accepted"
        return number

    def listed(self, now: int = NOW) -> list[dict[str, str]]:
        out = self.folder / "list.csv"
        count = worklist(self.store, ROLLOUT, self.settings, now=now, out=out)
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == count
        return rows

    def filled(self, outcomes: dict[int, str], **more: str) -> Path:
        """Today's list with outcomes written into it."""
        rows = [row | {"outcome": outcomes.get(int(row["notice"]), "")} | more for row in self.listed()]
        return self.write(rows)

    def write(self, rows: list[dict[str, str]]) -> Path:
        path = self.folder / "filled.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def read(self, path: Path) -> CallFile:
        return read_outcomes(path, ROLLOUT, self.settings, now=NOW)

    def take(self, path: Path) -> int:
        """Take a filled list as the command does; how many events were new."""
        found = self.read(path)
        assert not found.faults, found.faults
        new = record_events(self.store, ROLLOUT, call_events(ROLLOUT, found.calls), NOW)
        keep_outcomes(ROLLOUT, self.settings, found.calls)
        return new


@pytest.fixture
def desk(tmp_path: Path, library: Library) -> Iterator[Desk]:
    desk = Desk(tmp_path, library)
    yield desk
    desk.store.close()
