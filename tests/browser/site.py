"""A town with a web server: one visit in every state, slots to choose, and a desk, on a loopback port."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from doorstep.links import page_until
from doorstep.model import CalendarSlot, WorkOrder
from doorstep.settings import Settings
from doorstep.web.app import make_app
from doorstep.web.room import Room
from tests.making import World, at, make_rollout, make_store
from tests.web.serving import served

NOON = "2027-03-01 12:00"
DAY = "2027-03-15"
LANGUAGES = ("en", "ar")
# What makes a visit be in a state; the customer's page says something else in each.
STATES = {
    "planned": {"status": "planned", "window_start": None, "window_end": None},
    "booked": {"status": "booked", "presence_required": 1},
    "en-route": {"status": "en_route", "day": "2027-03-01"},
    "completed": {"status": "completed", "day": "2027-02-25", "outcome_at": 1_803_560_400, "new_meter": "NM-7 & co"},
    "aborted": {"status": "aborted", "day": "2027-02-25", "outcome": "no_access", "outcome_at": 1_803_560_400, "attempts": 1},
    "cancelled": {"status": "cancelled", "outcome_at": 1_803_560_400},
    "refused": {"status": "refused", "outcome": "refused", "outcome_at": 1_803_560_400},
}
# Names and addresses that break careless pages.
AWKWARD = {"name": "<b>Ms O'Neill & Sons</b>", "address": "12 \u2067شارع\u2069 \"Mill\" Road", "town": "Northwick",
           "area": "Mill End"}


class Site:
    """The town, its addresses, and the store behind them."""

    def __init__(self, folder: Path) -> None:
        self.rollout = make_rollout(refusal_allowed=True, refusal_fee="£12 a month", compensation="£40")
        self.world = World(make_store(folder), self.rollout)
        self.now = at(NOON, self.rollout)
        settings = Settings(home=folder, database_url="", secret_key="a key for tests", public_url="http://localhost")
        self.room = Room(settings, self.world.store, {"northwick": self.rollout}, lambda: self.now)
        self.base = ""
        self.client = httpx.Client(trust_env=False, timeout=30)
        self.visits = {(state, language): self.visit(**{**values, "language": language})
                       for state, values in STATES.items() for language in LANGUAGES}
        for day in ("2027-03-16", "2027-03-17", "2027-03-18"):
            for start in (480, 720):
                self.world.put(CalendarSlot, rollout="northwick", area="*", day=day, window_start=start,
                               window_end=start + 240, capacity=20, updated_at=self.now)

    def visit(self, **values: Any) -> int:
        """A visit with its work order, to an awkward household."""
        visit = self.world.visit(**{"day": DAY, **AWKWARD, **values})
        self.world.put(WorkOrder, rollout="northwick", number=f"NW{visit:07d}", customer_id=self.world.customers, visit_id=visit,
                       commodity="electricity", status=str(values.get("status", "planned")), day=str(values.get("day", DAY)),
                       window_start=480, window_end=720, stamp=0, digest=str(visit), feed_id=1)
        return visit

    def page(self, visit: int) -> str:
        """The customer's own address, on this server."""
        assert self.room.links is not None
        return self.room.links.visit(visit, page_until(DAY, self.now)).replace("http://localhost", self.base)

    def fetch(self, address: str) -> httpx.Response:
        """What stands at an address, without a browser."""
        return self.client.get(address)


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site on a port of its own, until this ends."""
    with served(make_app(site.room), site.room.settings) as port:
        site.base = f"http://127.0.0.1:{port}"
        try:
            yield site
        finally:
            site.client.close()
