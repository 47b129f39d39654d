"""A small world for KPI tests: visits, their earlier versions, notices and events, said in a few words."""

import shutil
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update
from sqlmodel import col

from doorstep.kpis import KpiValue, measure
from doorstep.model import Customer, Feed, Journal, Notice, Stop, Visit, VisitPast
from doorstep.rollout import Rollout, load_rollout
from doorstep.settings import CHECKOUT
from doorstep.store import Store
from doorstep.timing import instant
from tests.making import make_store

NAME = "northwick"
LONDON = ZoneInfo("Europe/London")
ROLLOUT = f"""
title = "Northwick meters"
country = "GB"
zone = "Europe/London"
languages = ["en", "cy"]
installer = "Fitters Ltd"
costs = {{ email = 0.001, sms = 0.04, post = 0.6 }}
currency = "GBP"
[utility]
name = "Northwick Energy"
short_name = "Northwick"
phone = "0800 000000"
website = "northwick.example"
address = "1 High Street"
email = "meters@northwick.example"
[feed]
source = {{ kind = "folder", path = "feeds" }}
status = {{ PLANNED = "planned" }}
[feed.columns]
{chr(10).join(f'{name} = "{name}"' for name in ("work_order", "premise", "account", "day", "status", "stamp"))}
"""


def at(text: str) -> int:
    """The instant of a London time such as "2027-03-09 14:00" (a date alone is its midnight)."""
    moment = datetime.fromisoformat(text)
    return instant(moment.date(), moment.hour * 60 + moment.minute, LONDON)


def rollout_in(folder: Path, more: str = "") -> Rollout:
    """The test's rollout with the product's own plan and targets."""
    (folder / "rollouts").mkdir(parents=True)
    for name in ("plan.toml", "kpis.toml"):
        shutil.copy(CHECKOUT / "config" / name, folder / name)
    (folder / "rollouts" / f"{NAME}.toml").write_text(ROLLOUT + more, "utf-8")
    return load_rollout(folder, NAME)


@dataclass
class World:
    """A database and a rollout, filled by the test."""

    store: Store
    rollout: Rollout
    _ids: dict[str, int] = field(default_factory=dict)

    def add(self, table: Any, **row: Any) -> int:
        """One row; returns its id."""
        self._ids[table.__name__] = key = self._ids.get(table.__name__, 0) + 1
        if table is not Stop:
            row.setdefault("id", key)
        with self.store.write() as connection:
            connection.execute(insert(table), [row])
        return key

    def home(self, **row: Any) -> int:
        """A customer with an email address, a mobile and a postal address, unless said otherwise."""
        key = self._ids.get("Customer", 0) + 1
        usual = {"email": f"c{key}@example.net", "phone": f"+4474003096{key:02d}", "address": f"{key} Hill Road",
                 "language": "en", "updated_at": 0}
        return self.add(Customer, rollout=NAME, premise=f"P{key}", account=f"A{key}", **usual | row)

    def visit(self, home: int | None = None, day: str = "2027-03-09", status: str = "planned", **row: Any) -> int:
        """The present version of a visit; `home` is made unless given."""
        usual = {"window_start": 480, "window_end": 720, "zone": "Europe/London", "wave": "W01", "reference": "WO1",
                 "commodities": "electricity", "since": 0, "changed_at": 0, "created_at": 0, "feed_id": 2}
        return self.add(Visit, rollout=NAME, customer_id=home or self.home(), day=day, status=status, **usual | row)

    def done(self, ended: str = "2027-03-09 10:00", home: int | None = None, **row: Any) -> int:
        """A visit that fitted the meter."""
        usual: dict[str, Any] = {"day": ended[:10], "outcome_at": at(ended), "since": at(ended)}
        return self.visit(home, status="completed", **usual | row)

    def past(self, visit: int, version: int, day: str, since: str, until: str, change: str, status: str = "planned",
             **row: Any) -> int:
        """An earlier version of a visit; the present one began when the last of them ended."""
        usual = {"window_start": 480, "window_end": 720, "feed_id": 2}
        with self.store.write() as connection:
            connection.execute(update(Visit).where(col(Visit.id) == visit, col(Visit.since) < at(until)).values(
                since=at(until), version=version + 1))
        return self.add(VisitPast, rollout=NAME, visit_id=visit, version=version, day=day, since=at(since),
                        until=at(until), change=change, status=status, **usual | row)

    def notice(self, visit: int, name: str = "formal-notice", sent: str | None = "2027-02-07 09:00",
               heard: str | None = "2027-02-07 09:01", channel: str | None = "email", **row: Any) -> int:
        """A notice, sent and heard at these times; `told` is the day it stated, with the usual window."""
        plan = self.rollout.row(name)
        day = row.pop("told", "2027-03-09")
        state = "delivered" if heard else "accepted" if sent else "due"
        usual = {"customer_id": self._owner(visit), "occasion": day, "via": channel or "", "due_at": 0, "not_before": 0,
                 "until_at": at("2027-03-09 08:00"), "state": state, "language": "en", "told_day": day if sent else None,
                 "told_start": 480 if sent else None, "told_end": 720 if sent else None,
                 "created_at": at(sent) - 60 if sent else 0, "attempted_at": at(sent) if sent else None,
                 "accepted_at": at(sent) if sent else None, "delivered_at": at(heard) if heard else None}
        return self.add(Notice, rollout=NAME, notice=name, phase=plan.phase, purpose=plan.purpose, visit_id=visit,
                        channel=channel, **usual | row)

    def event(self, kind: str, when: str, **row: Any) -> int:
        """Something that came back."""
        return self.add(Journal, rollout=NAME, kind=kind, at=at(when), **row)

    def kpis(self, now: str = "2027-04-01 02:00", **how: Any) -> dict[str, KpiValue]:
        """Every KPI by "id" or "id cut"."""
        values = measure(self.store, self.rollout, now=at(now), **{"record": False} | how)
        return {f"{value.id} {value.cut}".strip(): value for value in values}

    def counts(self, name: str, now: str = "2027-04-01 02:00") -> tuple[float, float]:
        """A KPI's numerator and denominator."""
        phase = self.rollout.targets[name.partition(" ")[0]].phase
        value = self.kpis(now, phase=phase)[name]
        return value.numerator, value.denominator

    def _owner(self, visit: int) -> int:
        with self.store.read() as connection:
            return int(connection.exec_driver_sql(f"SELECT customer_id FROM visit WHERE id = {visit}").scalar_one())


def new_world(folder: Path, more: str = "") -> World:
    """An empty database with one feed taken long ago."""
    world = World(make_store(folder), rollout_in(folder / "config", more))
    world.add(Feed, rollout=NAME, file="first.csv", digest="0", pulled_at=0, state="taken")
    return world


def days_before(day: str, count: int) -> str:
    """The ISO date `count` days earlier."""
    return str(date.fromordinal(date.fromisoformat(day).toordinal() - count))
