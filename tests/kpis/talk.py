"""What customers said and chose, and who works there, in a few words over a KPI world."""

from typing import Any

from doorstep.model import Certificate, Enquiry, Journal, Request, Staff, SurveyAnswer
from tests.kpis.world import NAME, World, at


def asks(world: World, kind: str = "question", opened: str = "2027-03-01 10:00", *, answered: str | None = None,
         closed: str | None = None, due: str = "2027-03-03 17:00", home: int | None = None, **row: Any) -> int:
    """An enquiry, of a customer without a meter unless `home` says whose."""
    usual = {"topic": "other", "channel": "page", "language": "en", "owner": "Customer team",
             "state": "closed" if closed else "answered" if answered else "open"}
    return world.add(Enquiry, rollout=NAME, kind=kind, customer_id=home, opened_at=at(opened), due_at=at(due),
                     answered_at=at(answered) if answered else None, closed_at=at(closed) if closed else None, **usual | row)


def says(world: World, visit: int, when: str = "2027-03-10 12:00", *, survey: str = "after", channel: str = "page",
         **answers: int) -> None:
    """Answers to a survey, by question."""
    for question, value in answers.items():
        world.add(SurveyAnswer, rollout=NAME, visit_id=visit, customer_id=1, survey=survey, question=question, value=value,
                  channel=channel, at=at(when))


def wants(world: World, visit: int, when: str = "2027-03-01 10:00", to: str | None = "2027-03-20", **row: Any) -> int:
    """A request for another slot."""
    usual = {"kind": "move", "channel": "page", "from_day": "2027-03-09", "from_status": "planned", "to_day": to}
    return world.add(Request, rollout=NAME, visit_id=visit, customer_id=1, at=at(when), **usual | row)


def works(world: World, role: str = "installer", since: str = "2027-01-01", left: str | None = None, **row: Any) -> int:
    """A member of staff."""
    number = str(world._ids.get("Staff", 0) + 1)
    return world.add(Staff, rollout=NAME, number=number, name="x", role=role, language="en", since=at(since), updated_at=0,
                     left_at=at(left) if left else None, **row)


def script(world: World, ref: str, version: str, when: str) -> None:
    """From then on this version of a role's script holds."""
    world.add(Journal, rollout=NAME, at=at(when), kind="script", ref=ref, data=version)


def passes(world: World, who: int, version: str, when: str, passed: int = 1) -> None:
    """A quiz taken."""
    world.add(Certificate, rollout=NAME, staff_id=who, script=version, score=100 * passed, passed=passed, at=at(when))
