"""What customers say and do, put where it would be found once it was heard."""

from typing import Any

from sqlalchemy import update

from doorstep.model import Enquiry, Journal, Reply, Rumour, Stop, table
from tests.making import at
from tests.town import Town


def moment(town: Town, when: str) -> int:
    return at(when, town.world.rollout)


def said(town: Town, visit: int, meant: str, when: str, channel: str = "sms", ref: str = "r1") -> int:
    return town.world.put(Reply, rollout="northwick", ref=ref, at=moment(town, when), channel=channel, customer_id=visit,
                          visit_id=visit, meant=meant)


def concern(town: Town, visit: int, when: str, **values: Any) -> int:
    return town.world.put(Enquiry, **{
        "rollout": "northwick", "kind": "concern", "topic": "health", "customer_id": visit, "visit_id": visit, "area": "North",
        "channel": "sms", "language": "en", "owner": "Customer team", "opened_at": moment(town, when),
        "due_at": moment(town, when) + 172_800, **values})


def did(town: Town, visit: int, kind: str, when: str, data: str | None = None) -> None:
    town.world.put(Journal, at=moment(town, when), rollout="northwick", kind=kind, visit_id=visit, customer_id=visit, data=data)


def answered(town: Town, number: int, when: str, **values: Any) -> None:
    with town.world.store.write() as connection:
        connection.execute(update(table(Enquiry)).where(table(Enquiry).c.id == number).values(
            state="answered", answered_at=moment(town, when), answered_by="Ann", source="Field team",
            **{"answer": "The old meter goes to a recycler in Leeds.", **values}))


def rumour(town: Town, state: str = "approved", area: str = "North") -> int:
    when = moment(town, "2027-02-01 10:00")
    return town.world.put(Rumour, rollout="northwick", area=area, topic="cost", count=6, found_at=when, state=state,
                          decided_at=when if state != "found" else None, decided_by="Ann" if state != "found" else None)


def stop(town: Town, visit: int) -> None:
    town.world.put(Stop, rollout="northwick", channel="sms", address=f"+4474001234{visit:02d}", reason="stop", at=0)
