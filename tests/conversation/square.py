"""A town whose people write back by text and by mail, and what was made of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from doorstep.conversation.hearing import Heard, Said, find_people, hear
from doorstep.model import Customer, Journal, Notice, Reply, Visit, table
from tests.making import at
from tests.town import Town

MONDAY = "2027-02-22 10:00"               # the reminder of a visit on Tuesday 9 March goes out
DEEDS = ("stopped", "started", "confirmed", "wrong_person", "asked", "satisfied", "rated")


class Square(Town):
    """A town whose people write back."""

    def reminded(self) -> None:
        """Everybody has the reminder of their visit, sent on Monday at ten: by mail, or as a text where there is no mail."""
        now = at(MONDAY, self.world.rollout)
        for visit in self.rows(Visit):
            mail = self.rows(Customer, id=visit.customer_id)[0].email
            self.notice("reminder", now, visit_id=visit.id, customer_id=visit.customer_id, channel="email" if mail else "sms",
                        told_day=visit.day, told_start=visit.window_start, told_end=visit.window_end)

    def notice(self, name: str, now: int, **values: Any) -> int:
        """A notice that was handed over."""
        return self.world.put(Notice, **{
            "rollout": "northwick", "notice": name, "phase": "before", "purpose": "duty", "visit_id": 1, "customer_id": 1,
            "occasion": str(now), "due_at": now, "until_at": now + 9, "not_before": now, "created_at": now, "state": "accepted",
            "channel": "sms", "attempt": 1, "attempted_at": now, "accepted_at": now} | values)

    def rows(self, model: Any, **wanted: Any) -> list[Any]:
        with self.world.store.read() as connection:
            found = connection.execute(select(table(model)).order_by(table(model).c.id if "id" in table(model).c else "at")).all()
        return [row for row in found if all(getattr(row, name) == value for name, value in wanted.items())]

    def deeds(self) -> list[tuple[str, str]]:
        return [(row.kind, row.data) for row in self.rows(Journal) if row.kind in DEEDS]

    def texts(self, words: str, address: str = "+447400123401", *, when: str = "2027-02-22 11:00", ref: str = "",
              channel: str = "sms") -> Heard:
        """A text or a mail comes in, as the listener hands it on."""
        rollout, now = self.world.rollout, at(when, self.world.rollout)
        with self.world.store.read() as connection:
            found = find_people(connection, {rollout.name: rollout}, channel=channel, address=address, at=now)
        said = Said(ref or f"m-{len(self.rows(Reply))}", now, channel, words, address=address)
        if found:
            said = said._replace(customer_id=found.customer_id, visit_id=found.visit_id, notice_id=found.notice_id)
        return hear(self.world.store, rollout, said, now=now)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Square]:
    town = Square(tmp_path)
    yield town
    town.world.store.close()


def textable(town: Square, **values: Any) -> int:
    return town.world.visit("2027-03-09", **{"email": None, **values})
