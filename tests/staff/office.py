"""An office in a few words: lists taken, quizzes passed, briefings sent at a local time."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doorstep.delivery import Sent
from doorstep.delivery.lines import Lines
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.staff.briefing import brief, open_staff_lines
from doorstep.staff.certificates import Marked, record_quiz
from doorstep.staff.lists import StaffList, Taken, read_staff, take_staff
from doorstep.staff.script import Scripts
from doorstep.staff.shifts import ShiftList, Unready, read_shifts, take_shifts, unready_tomorrow
from doorstep.store import Store
from tests.making import World, at, make_rollout, make_store

HEAD = "number,name,role,firm,email,phone,language,area"
ADA = "101,Ada Quill,installer,Meterfit,ada@example.com,+447400123401,en,"
BEN = "102,Ben Noor,call centre,,ben@example.com,,ar,"
CY = "103,Cy Marsh,executive,,cy@example.com,,en,"


@dataclass
class Office:
    """The rollout, its database, and the templates that its scripts are made from."""

    home: Path
    words: Path
    store: Store
    rollout: Rollout
    world: World

    @property
    def scripts(self) -> Scripts:
        """Read anew, as every command does."""
        return Scripts(self.words, self.rollout)

    @property
    def lines(self) -> Lines:
        """The outbox of staff."""
        return open_staff_lines(self.rollout, Settings(home=self.home, outbox=self.home / "outbox"))

    def own_words(self) -> Path:
        """A copy of the templates that this test may change."""
        self.words = Path(shutil.copytree(self.words, self.home / "templates"))
        return self.words

    def read(self, *rows: str, head: str = HEAD) -> StaffList:
        file = self.home / "staff.csv"
        file.write_text("\n".join((head, *rows)) + "\n", "utf-8")
        return read_staff(file, self.rollout)

    def take(self, *rows: str, when: str = "2027-02-01 09:00", **how: Any) -> Taken:
        return take_staff(self.store, self.rollout, self.read(*rows), now=at(when, self.rollout), **how)

    def read_shifts(self, *rows: str) -> ShiftList:
        file = self.home / "shifts.csv"
        file.write_text("\n".join(("day;number;firm;area", *rows)) + "\n", "utf-8")
        return read_shifts(file, self.rollout)

    def shifts(self, *rows: str, when: str = "2027-02-01 09:00") -> int:
        return take_shifts(self.store, self.rollout, self.read_shifts(*rows).shifts, now=at(when, self.rollout))

    def passes(self, number: str, when: str = "2027-02-02 09:00", *, wrong: int = 0) -> Marked:
        """The quiz with all answers right but the first `wrong` ones."""
        with self.store.read() as connection:
            role, language = connection.exec_driver_sql(f"SELECT role, language FROM staff WHERE number = '{number}'").one()
        quiz = self.scripts.of(role, language).quiz
        answers = [question.right % len(question.choices) + 1 if place < wrong else question.right
                   for place, question in enumerate(quiz)]
        return record_quiz(self.store, self.rollout, number, answers, scripts=self.scripts, now=at(when, self.rollout))

    def unready(self, when: str) -> list[Unready]:
        with self.store.read() as connection:
            return unready_tomorrow(connection, self.rollout, at(when, self.rollout))

    def brief(self, when: str, lines: Lines | None = None) -> Sent:
        return brief(self.store, self.rollout, scripts=self.scripts, lines=lines or self.lines, now=at(when, self.rollout))

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        with self.store.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")]

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text("utf-8") for path in sorted((self.home / "outbox").glob("staff/email/*"))}


def new_office(home: Path, words: Path) -> Office:
    store, rollout = make_store(home), make_rollout()
    return Office(home, words, store, rollout, World(store, rollout))
