"""Made-up visits and customers: one to show a notice with, and the awkward ones that words must get right."""

from collections.abc import Iterator
from typing import Any

from doorstep.facts import Case, Phrases
from doorstep.facts.answer import CONCERNS
from doorstep.model import OPEN
from doorstep.rollout import Rollout
from doorstep.rollout.shape import OUTCOMES

DAY, BEFORE = "2027-09-29", "2027-09-22"          # Wednesdays in September: the longest dates in English
LINK = "https://meters.northwick.example/v/AAAAAAAqSaJpTn3FQc0x5Zw"
_ANSWER = "We looked at your meter's readings with you and found that both are right."
_DONE_AT = 1_822_219_200                          # noon UTC on that day


def sample(phrases: Phrases, rollout: Rollout, language: str, **differently: Any) -> Case:
    """One ordinary visit of a made-up customer; keywords change fields of the case."""
    person = phrases.sample
    case = Case(0, DAY, "", 0, 0, "booked", DAY, 480, 720, rollout.file.zone, "NW0001234", 1, "electricity", 1,
                outcome_at=_DONE_AT, name=person.name, email="customer@example.org", phone="+447400123456",
                address=person.address, town=person.town, language=language)
    return case._replace(**differently)


def written_at(case: Case) -> int:
    """When a letter about a made-up visit is dated: well before it, or the day after it was done or tried."""
    return _DONE_AT + (-30 if case.status in OPEN else 1) * 86400


def suits(rollout: Rollout, notice: str) -> dict[str, Any]:
    """How a visit stands when this notice is sent, as far as the plan says it."""
    row = next((row for row in rollout.plan if row.notice == notice), None)
    event, audience = (row.when.event, dict(row.condition.tests)) if row else (None, {})
    if event == "moved":
        return {"status": "booked", "old_day": BEFORE, "old_start": 480, "old_end": 720}
    if event in ("aborted", "cancelled"):
        return {"status": event, "outcome": "no_access" if event == "aborted" else "by_utility",
                "attempts": audience.get("attempts_at_least", (1,))[0],
                "old_day": DAY, "old_start": 480, "old_end": 720}
    if event == "not_done":
        return {"status": "aborted", "outcome": "no_access", "attempts": 1}
    if row and row.when.said in ("concern", "rumour"):
        return {"status": "booked", "topic": "health"} | ({"answer": None} if row.when.said == "concern" else {})
    if row and row.when.said == "no_reply":
        return {"status": "planned"}
    if event in ("completed", "refused"):
        return {"status": event, "new_meter": "E28057684"}
    return {"status": event or "booked"}


def awkward(phrases: Phrases, rollout: Rollout, notice: str, language: str) -> Iterator[tuple[str, Case]]:
    """Cases that words stumble over, each with what is awkward about it."""
    stands = suits(rollout, notice)
    told = {"old_day": BEFORE, "old_start": 480, "old_end": 720}
    longest = {"name": "Ms Aleksandra-Wilhelmina O'Shaughnessy-Krzyz", "meters": 2, "commodities": "electricity,gas",
               "window_end": 1200, "vulnerable": 1, "life_support": 1, "landlord": 1, "business": 1, "prepaid": 1,
               "new_meter": "E28057684", "attempts": 3, "power_off_minutes": 120, "duration_minutes": 120}
    differences: dict[str, dict[str, Any]] = {
        "an ordinary visit": {},
        "everything at once": {**told, **longest},
        "no name, phone, email or address": {"name": None, "phone": None, "email": None, "address": None, "town": None},
        "no window": {"window_start": None, "window_end": None},
        "a gas meter, nobody in": {"commodities": "gas", "presence_required": 0},
        "a visit without a power cut": {"power_off_minutes": 0},
        "a new day": told,
        "a new day after one without a time": {**told, "old_start": None, "old_end": None},
        "a new time": {"old_day": DAY, "old_start": 780, "old_end": 1020},
        "a new meter without a number": {"new_meter": None},
        "a customer with a page of their own": {"link": LINK},
        "a new day, for a customer with a page of their own": {**told, "link": LINK},
    }
    if "topic" in stands:
        differences |= {f"the topic {topic}": {"topic": topic} for topic in CONCERNS}
    if "answer" in stands:
        differences["what a person answered"] = {"topic": "other", "answer": _ANSWER, "answer_source": "Customer team"}
        differences["what a person answered at length"] = {"topic": "cost", "answer": " ".join([_ANSWER] * 9)}
    for outcome in OUTCOMES:
        differences[f"the outcome {outcome}"] = {"outcome": outcome}
    if stands["status"] == "booked":
        differences["a visit not booked"] = {"status": "planned"}
    for label, difference in differences.items():
        yield label, sample(phrases, rollout, language, **(stands | difference))
