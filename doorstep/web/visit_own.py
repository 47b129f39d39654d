"""Whose page this is: the visit behind a signed link, its customer, and the page that answers for one that is not good."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection, Row, select

from doorstep.conversation.deeds import visit_held
from doorstep.delivery.picking import with_told
from doorstep.facts import Case
from doorstep.model import OPEN, Customer, Visit, table
from doorstep.rollout import Rollout
from doorstep.web.pace import client_of
from doorstep.web.room import Here, Room
from doorstep.web.visit_pace import PER_CLIENT, WINDOW, pace_of
from doorstep.web.visit_said import Say, gaps_of, in_bdi, language_name, phone_link

PAGE, PAST = "visit", "past"
V, C = table(Visit), table(Customer)
_FROM_VISIT = frozenset(V.c.keys())


@dataclass(frozen=True)
class Own:
    """One customer's page, as it stands at one moment."""

    room: Room
    rollout: Rollout
    token: str
    now: int
    visit: Row[Any]
    customer: Row[Any]
    case: Case
    visit_ids: tuple[int, ...]         # the link's, and those that it joined
    asked_by: Request

    @property
    def visit_id(self) -> int:
        """The visit that stands: another than the link's where they were merged."""
        return int(self.visit.id)

    @property
    def language(self) -> str:
        """The language of the page: the customer's, or the nearest that has words."""
        return self.room.pages.language(PAGE, self.rollout, self.customer.language)

    @property
    def today(self) -> str:
        """The date at the premise, ISO."""
        return self.room.library.facts(self.rollout, self.language).local_day(self.now, self.visit.zone)

    @property
    def state(self) -> str:
        """The visit's status, or "past" where its day went by and nobody has said how it went."""
        status = str(self.visit.status)
        return PAST if status in OPEN and self.visit.day < self.today else status

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"/v/{self.token}"

    def say(self, **gaps: Any) -> Say:
        """The words of the page with their gaps filled."""
        facts = self.room.library.facts(self.rollout, self.language)
        filled = gaps_of(facts, self.rollout, self.case) | {name: in_bdi(value) for name, value in gaps.items()}
        return Say(self.room.pages.words(PAGE, self.language), filled)

    def lock(self, connection: Connection) -> None:
        """Until this transaction ends, nobody else does anything about this visit."""
        visit_held(connection, self.rollout, self.visit_id)

    def day(self, day: str) -> str:
        """A date as the page says it."""
        return self.room.library.facts(self.rollout, self.language).day[day]

    def day_of(self, at: int) -> str:
        """The day of an instant, as the page says it."""
        facts = self.room.library.facts(self.rollout, self.language)
        return facts.day[facts.local_day(at, self.visit.zone)]

    def window(self, start: int | None, end: int | None) -> str:
        """A window as the page says it."""
        return self.room.library.facts(self.rollout, self.language).window[start, end]

    def page(self, layout: str, *, status: int = 200, gaps: dict[str, Any] | None = None, **facts: Any) -> HTMLResponse:
        """A page of this customer."""
        known = {"faults": {}, "typed": {}, **facts}
        return HTMLResponse(self.room.pages.render(
            layout, page=PAGE, language=self.language, say=self.say(**gaps or {}), path=self.path,
            utility=self.rollout.in_language(self.rollout.file.utility.name, self.language),
            languages=self._languages(), **known), status,
            headers={"content-language": self.language})

    def back(self, done: str = "", to: str = "", **more: str) -> RedirectResponse:
        """Away from a form, so that sending it again needs a person: to the page that says what was done."""
        query = {name: value for name, value in {"done": done, **more}.items() if value}
        said = f"?{urlencode(query)}" if query else ""
        return RedirectResponse(f"{self.path}{to}{said}#main", 303)

    def _languages(self) -> list[tuple[str, str]]:
        """The languages that the page can be had in: those the rollout speaks, and that have words."""
        written = self.room.pages.languages(PAGE)
        return [(code, language_name(code)) for code in self.rollout.file.languages if code in written]


class Shut(Exception):
    """There is no page for this link; `response` says so."""

    def __init__(self, response: Response) -> None:
        super().__init__("no page for this link")
        self.response = response


class Door(APIRoute):
    """A route that answers a link that is not good with its page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with what it raised as an answer."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            _slow_down(request)
            try:
                return await handler(request)
            except Shut as shut:
                return shut.response

        return answer


def _slow_down(request: Request) -> None:
    """Too many forms from one address: one plain sentence, before anything is looked up."""
    client = client_of(request)
    if request.method == "POST" and client and pace_of(request).too_often(
            "client", client, PER_CLIENT, request.app.state.room.now):
        raise HTTPException(429, "Too many forms came from your address. Nothing was changed. Please try again in ten minutes.",
                            {"retry-after": str(WINDOW)})


def _own(token: str, room: Here, request: Request) -> Own:
    """The page of this token. Raises Shut with a page that says nothing about anybody."""
    now = room.now
    found = room.links.visited(token, now) if room.links else None
    if found is None:
        raise Shut(unknown(room, request))
    visit_id, good = found
    with room.store.read() as connection:
        chain = standing_visit(connection, visit_id)
        visit = chain[-1] if chain else None
        rollout = room.rollouts.get(visit.rollout) if visit else None
        if visit is None or rollout is None:
            raise Shut(unknown(room, request))
        if not good:
            raise Shut(_expired(room, rollout, request))
        customer = connection.execute(select(C).where(C.c.id == visit.customer_id)).one()
        (case,) = with_told(connection, [_case(visit, customer)])
    return Own(room, rollout, token, now, visit, customer, case, tuple(each.id for each in chain), request)


Mine = Annotated[Own, Depends(_own)]


def standing_visit(connection: Connection, visit_id: int) -> list[Row[Any]]:
    """The visit and those that its work orders joined one after the other; the last one stands."""
    chain: list[Row[Any]] = []
    wanted: int | None = visit_id
    while wanted is not None and wanted not in {row.id for row in chain}:
        row = connection.execute(select(V).where(V.c.id == wanted)).first()
        if row is None:
            break
        chain.append(row)
        wanted = row.merged_into
    return chain


def unknown(room: Room, request: Request) -> HTMLResponse:
    """The one page for every link that we did not make: it tells no one of them from another."""
    language = _read_by(request, room.pages.languages(PAGE), "en")
    return HTMLResponse(room.pages.render("visit_shut.html", page=PAGE, language=language, utility="",
                                          say=Say(room.pages.words(PAGE, language)["unknown"], {})), 404)


def _expired(room: Room, rollout: Rollout, request: Request) -> HTMLResponse:
    own = [code for code in rollout.file.languages if code in room.pages.languages(PAGE)]
    language = _read_by(request, own, room.pages.language(PAGE, rollout, rollout.file.languages[0]))
    gaps = {"phone": phone_link(rollout)}
    return HTMLResponse(room.pages.render(
        "visit_shut.html", page=PAGE, language=language, say=Say(room.pages.words(PAGE, language)["expired"], gaps),
        utility=rollout.in_language(rollout.file.utility.name, language)), 410)


def _read_by(request: Request, languages: list[str], otherwise: str) -> str:
    """The first of the languages that the browser asks for. The customer's own would say something about them."""
    asked = [each.split(";")[0].strip().lower()[:2] for each in request.headers.get("accept-language", "")[:200].split(",")]
    return next((code for code in asked if code in languages), otherwise)


def _case(visit: Row[Any], customer: Row[Any]) -> Case:
    known = visit._asdict() | {name: value for name, value in customer._asdict().items() if name not in _FROM_VISIT}
    known |= {"notice_id": 0, "occasion": "", "via": "", "visit_id": visit.id}
    return Case(**{name: known[name] for name in Case._fields if name in known})
