"""How the desk's pages look and how they say no: one layout, local times, a sentence instead of a fault."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from doorstep.errors import FeedError, UsageError
from doorstep.rollout import Rollout
from doorstep.web.desk.door import NobodyThere, Refused, Seat, at_the_desk, way_in
from doorstep.web.room import Room

# A page of the menu: its word in en.toml, its address after the rollout's, the role that it needs.
MENU = (("overview", "/", "viewer"), ("cases", "/cases", "agent"), ("calls", "/calls", "agent"), ("find", "/find", "agent"),
        ("kpis", "/kpis", "viewer"), ("feeds", "/feeds", "viewer"), ("refused", "/refused", "agent"),
        ("rumours", "/rumours", "viewer"), ("stops", "/stops", "viewer"))
# What no database takes for a number is a page that is not there.
Number = Annotated[int, Path(ge=1, le=10**15)]
Start = Annotated[int, Query(ge=0, le=10**15)]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DeskRoute(APIRoute):
    """A page of the desk: whatever it is refused for is said as a page, too."""

    def get_route_handler(self) -> Handler:
        """The handler with our own words for what goes wrong."""
        ask = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await ask(request)
            except NobodyThere as error:
                return RedirectResponse(way_in(error.place), 303)
            except Refused as error:
                return await run_in_threadpool(_no, request, error.status, error.sentence)
            except (UsageError, FeedError) as error:
                return await run_in_threadpool(_no, request, 400, _sentence(error))
            except RequestValidationError:
                return await run_in_threadpool(_no, request, 404, "There is no such page.")

        return answered


def show(seat: Seat, layout: str, *, status: int = 200, headers: dict[str, str] | None = None, **facts: Any) -> HTMLResponse:
    """A page for someone at the desk. `place` is the menu's word for it."""
    menu = [(word, f"/desk/{seat.chosen.name}{path}") for word, path, role in MENU if seat.user.may(role)] if seat.chosen else []
    return HTMLResponse(_drawn(seat.room, layout, seat.chosen, user=seat.user, token=seat.token, menu=menu, now=seat.now,
                               **facts), status, headers)


def bare(room: Room, layout: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page for someone who is not logged in, or is told no."""
    return HTMLResponse(_drawn(room, layout, None, user=None, token="", menu=[], now=room.now, **facts), status)


def back_to(place: str, done: str = "") -> RedirectResponse:
    """After a change: go and look at it. `done` is a word of [done] in en.toml."""
    return RedirectResponse(f"{place}?done={done}" if done else place, 303)


def _drawn(room: Room, layout: str, rollout: Rollout | None, **facts: Any) -> str:
    words = room.pages.words("desk", "en")
    utility = rollout.in_language(rollout.file.utility.name, "en") if rollout else words["common"]["name"]
    return room.pages.render(f"desk/{layout}", page="desk", language="en", utility=utility, rollout=rollout,
                             when=_clock_of(rollout), slot=_slot, number=_number, done=facts.pop("done", ""),
                             here=f"/desk/{rollout.name}" if rollout else "/desk", **facts)


def _clock_of(rollout: Rollout | None) -> Callable[[int | None], str]:
    def when(at: int | None) -> str:
        """An instant in the rollout's own time, else in UTC."""
        if rollout is None and at:
            return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
        return rollout.local(at) if rollout else ""

    return when


def _slot(row: Any) -> str:
    """A visit's day and window."""
    if row.window_start is None:
        return f"{row.day}, any time"
    start, end = (f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in (row.window_start, row.window_end))
    return f"{row.day}, {start} to {end}"


def _number(value: int) -> str:
    return f"{value:,}"


def _sentence(error: Exception) -> str:
    """What the core says to the command line, for a page."""
    said = str(error).removeprefix("--")
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"


def _no(request: Request, status: int, sentence: str) -> Response:
    """The sentence as a page, with the menu for those who have one."""
    room: Room = request.app.state.room
    facts: dict[str, Any] = {"place": "", "sentence": sentence}
    found = at_the_desk(request, room)
    if found is None:
        return bare(room, "no.html", status=status, **facts)
    user, secret, now = found
    return show(Seat(room, user, now, {}, secret, room.rollouts.get(request.path_params.get("rollout", ""))), "no.html",
                status=status, **facts)
