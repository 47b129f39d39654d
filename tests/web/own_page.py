"""A customer's page in a small world: opened by its link, its forms sent as a browser sends them."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from httpx import Response
from pydantic import SecretStr
from sqlalchemy import func, select

from doorstep.links import page_until
from doorstep.model import CalendarSlot, Enquiry, Journal, Notice, SlotHold, Stop, Visit, VisitNote, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.web.room import Room
from tests.making import World, at, database, make_rollout, make_store
from tests.web.application import application, browser

KEPT = (Journal, Stop, VisitNote, Enquiry, SlotHold, Notice)


class Home:
    """A world with one visit on Tuesday 9 March 2027, looked at on Monday 1 March."""

    def __init__(self, folder: Path, *, rollout: Rollout | None = None, client: str = "testclient", **visit: Any) -> None:
        self.rollout = rollout or make_rollout()
        self.world = World(make_store(folder), self.rollout)
        self.now = at("2027-03-01 10:00", self.rollout)
        self.visit = self.world.visit(**{"status": "booked", **visit})
        self._order()
        settings = Settings(home=folder, database_url=database(folder), secret_key=SecretStr("test-key"))
        self.room = Room(settings, self.world.store, {self.rollout.name: self.rollout}, clock=lambda: self.now)
        self.app = application(self.room)
        self.browser = browser(self.app, client=(client, 50000), follow_redirects=False)

    def _order(self) -> None:
        """The work order that the visit is for."""
        visit = self.row(Visit, self.visit)
        same = ("customer_id", "status", "day", "window_start", "window_end", "feed_id")
        self.world.put(WorkOrder, rollout=self.rollout.name, number=visit.reference, visit_id=self.visit, stamp=0, digest="",
                       commodity="electricity", **{name: getattr(visit, name) for name in same})

    def path(self, rest: str = "", visit: int | None = None) -> str:
        """The address of the page."""
        assert self.room.links
        link = self.room.links.visit(visit or self.visit, page_until("2027-03-09", self.now))
        return link.removeprefix(self.room.settings.public_url) + rest

    def get(self, rest: str = "", **options: Any) -> Response:
        answer: Response = self.browser.get(self.path(rest), **options)
        return answer

    def send(self, rest: str, **typed: Any) -> Response:
        """A form that is sent, without going where the answer points."""
        answer: Response = self.browser.post(self.path(rest), data=typed)
        return answer

    def follow(self, rest: str, **typed: Any) -> str:
        """A form that is sent, and the page that it leads to."""
        answer = self.send(rest, **typed)
        assert answer.status_code == 303, answer.text
        return str(self.browser.get(answer.headers["location"].partition("#")[0]).text)

    def slot(self, day: str, start: int = 480, end: int = 720, capacity: int = 1) -> int:
        return self.world.put(CalendarSlot, rollout=self.rollout.name, area="*", day=day, window_start=start, window_end=end,
                              capacity=capacity, taken=0, updated_at=0)

    def rows(self, model: Any) -> list[Any]:
        with self.world.store.read() as connection:
            return list(connection.execute(select(table(model)).order_by(*table(model).primary_key.columns)).all())

    def row(self, model: Any, number: int) -> Any:
        with self.world.store.read() as connection:
            return connection.execute(select(table(model)).where(table(model).c.id == number)).one()

    def deeds(self) -> list[tuple[str, str | None]]:
        """What the journal says was done."""
        return [(row.kind, row.data) for row in self.rows(Journal)]

    def kept(self) -> dict[str, int]:
        """How many rows there are of everything that a deed may leave behind."""
        with self.world.store.read() as connection:
            return {each.__name__: connection.execute(select(func.count()).select_from(table(each))).scalar_one()
                    for each in KEPT}


class Seen(HTMLParser):
    """A page as a screen reader goes through it: fields with their labels, ids, headings, links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.fields: list[dict[str, Any]] = []
        self.labels: set[str] = set()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.referred: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if "id" in said:
            self.ids.append(said["id"])
        self.referred |= {each for name in ("aria-describedby", "aria-labelledby", "for") for each in said.get(name, "").split()}
        if tag == "label":
            self.labels.add(said["for"])
        elif tag in ("input", "select", "textarea") and said.get("type") != "hidden":
            self.fields.append(said)
        elif tag == "a":
            self.links.append(said["href"])
        elif tag == "form":
            self.forms.append(said)
        elif tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
