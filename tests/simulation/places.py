"""Three rollouts for the simulation's tests, each with another kind of file, and a small world in one of them."""

from typing import Any

from doorstep.rollout import Rollout
from doorstep.rollout.shape import RolloutFile
from doorstep.simulation.world import World

UTILITY = {"name": "Utility", "short_name": "Utility", "phone": "0800 000", "website": "example.org", "address": "1 Road",
           "email": "hello@example.org"}
PLANNED = {"PLANNED": "planned", "BOOKED": "booked", "COMPLETE": "completed", "ABORTED": "aborted",
           "CANCELLED": "cancelled"}

HARBOUR: dict[str, Any] = {
    "country": "GB", "zone": "Europe/London", "languages": ["en", "cy", "ur"],
    "feed": {
        "source": {"kind": "folder", "path": "feeds", "pattern": "harbour-*.csv"}, "dates": ["%d/%m/%Y"],
        "columns": {"work_order": "WO_NUM", "premise": "PREMISE", "account": "ACCT", "name": "CUSTOMER",
                    "email": "EMAIL", "phone": "MOBILE", "language": "LANG", "address": ["ADDR1", "ADDR2"],
                    "town": "TOWN", "postcode": "POSTCODE", "wave": "WAVE", "commodity": "FUEL",
                    "old_meter": "OLD_SERIAL", "day": "INSTALL_DATE", "window": "SLOT", "status": "STATUS",
                    "vulnerable": "PSR", "life_support": "LIFE_SUPPORT", "landlord": "TENURE", "business": "SECTOR",
                    "outcome": "OUTCOME", "outcome_at": "OUTCOME_AT", "stamp": "UPDATED"},
        "status": PLANNED, "windows": {"AM": "08:00-12:00", "PM": "12:00-16:00", "ALL DAY": "08:00-20:00"},
        "outcomes": {"NO_ACCESS": "no_access", "TECH": "technical"}, "refusals": ["SMART_REFUSED"],
        "commodities": {"ELEC": "electricity", "GAS": "gas"}}}
LAKE: dict[str, Any] = {
    "country": "UG", "zone": "Africa/Kampala", "languages": ["en", "lg", "sw"], "prepaid": True,
    "feed": {
        "source": {"kind": "folder", "path": "feeds", "pattern": "lake-*.tsv.gz"}, "stamps": ["%Y-%m-%d %H:%M"],
        "columns": {"work_order": "service_order", "premise": "service_point", "account": "account_no", "name": "name",
                    "phone": "phone", "email": "email", "language": "lang", "area": "area", "address": "landmark",
                    "old_meter": "meter", "day": "date", "window_start": "from", "window_end": "to", "status": "state",
                    "prepaid": "prepaid", "life_support": "medical", "outcome": "reason", "outcome_at": "done_at",
                    "stamp": "changed"},
        "status": {"Planned": "planned", "Scheduled": "booked", "Done": "completed", "Failed": "aborted",
                   "Cancelled": "cancelled", "Refused": "refused"},
        "outcomes": {"locked gate": "no_access"}, "yes": ["yes", "1"]}}
DUNE: dict[str, Any] = {
    "country": "SA", "zone": "Asia/Riyadh", "languages": ["ar", "en"], "weekend": ["fri", "sat"],
    "feed": {
        "source": {"kind": "s3", "uri": "s3://bucket/dune-*.jsonl"},
        "columns": {"work_order": "id", "premise": "premise.id", "address": "premise.address", "town": "premise.city",
                    "account": "account.number", "name": "account.name", "language": "account.language",
                    "phone": "account.mobile", "email": "account.email", "commodity": "fuelType",
                    "day": "appointmentDate", "window_start": "timeSlotStart", "window_end": "timeSlotEnd",
                    "status": "status", "life_support": "hasLifeSupport", "presence_required": "presenceRequired",
                    "outcome": "cancellationReason", "outcome_at": "outcomeAt", "stamp": "updatedAt"},
        "status": {"REQUIRES_TIMESLOT": "planned"} | PLANNED, "commodities": {"ELECTRICITY": "electricity"},
        "outcomes": {"UNABLE_TO_PROVIDE_ACCESS": "no_access"}, "refusals": ["SMART_REFUSED"]}}
PLACES = {"harbour": HARBOUR, "lake": LAKE, "dune": DUNE}


def rollout_of(name: str, **changes: Any) -> Rollout:
    """One of the three rollouts, its feed changed as asked."""
    place = PLACES[name]
    raw = place | {"title": name.title(), "utility": UTILITY, "installer": "Installers", "feed": place["feed"] | changes}
    return Rollout(name, RolloutFile.model_validate(raw), (), {})


def world_of(name: str = "harbour", *, visits: int = 300, days: int = 75, seed: int = 7, **changes: Any) -> World:
    """A world for one of the three rollouts."""
    return World(rollout_of(name, **changes), visits, days, seed)
