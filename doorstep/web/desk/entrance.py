"""In and out of the desk: the login, one's own password, and which rollout to look at."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from doorstep.desk import sessions
from doorstep.desk.audit import note
from doorstep.desk.passwords import HASHER, Hasher
from doorstep.desk.users import User, recognise, set_password
from doorstep.errors import UsageError
from doorstep.web.desk.door import Posted, Refused, Viewer, cookie_name, hand_key, safe_place, take_key
from doorstep.web.desk.pace import Pace, pace_of
from doorstep.web.desk.page import DeskRoute, back_to, bare, show
from doorstep.web.room import Here, Room

router = APIRouter(route_class=DeskRoute)


async def the_hasher() -> Hasher:
    """What weighs passwords."""
    return HASHER


Weighs = Annotated[Hasher, Depends(the_hasher)]
Counted = Annotated[Pace, Depends(pace_of)]


@router.get("/style.css")
def style(room: Here) -> FileResponse:
    """What the desk's pages need beyond the sheet of every page."""
    sheet = room.settings.templates / "pages" / "desk" / "desk.css"
    return FileResponse(sheet, headers={"cache-control": "public, max-age=3600"})


@router.get("/login")
def login(room: Here, next: str = "/desk/", done: str = "") -> HTMLResponse:
    """Who are you?"""
    return bare(room, "login.html", place="login", goal=safe_place(next), name="", wrong="", done=done)


@router.post("/login")
def enter(request: Request, room: Here, form: Posted, hasher: Weighs, pace: Counted) -> Response:
    """Name and password, or once more."""
    now = room.now
    name, goal = form.get("name", "")[:80], safe_place(form.get("next", ""))
    if wait := pace.wait(now):
        answer = bare(room, "login.html", status=429, place="login", goal=goal, name=name, wrong="pace")
        answer.headers["retry-after"] = str(wait)
        return answer
    user = recognise(room.store, name=name, password=form.get("password", "")[:1024], now=now, hasher=hasher)
    if user is None:
        pace.wrong(now)
        return bare(room, "login.html", status=401, place="login", goal=goal, name=name, wrong="wrong")
    return _welcome(request, room, user, goal, now)


def _welcome(request: Request, room: Room, user: User, goal: str, now: int) -> Response:
    """A new session: whatever key the browser brought along is no good any more."""
    answer = RedirectResponse(goal, 303)
    with room.store.write() as connection:
        if old := request.cookies.get(cookie_name(request)):
            sessions.end(connection, old, now=now)
        hand_key(request, answer, sessions.begin(connection, user.id, now=now))
        note(connection, by=user.name, what="logged-in", about=f"user {user.id}", now=now)
    return answer


@router.post("/logout")
def leave(request: Request, seat: Viewer) -> Response:
    """The session ends here and in the database."""
    with seat.room.store.write() as connection:
        sessions.end(connection, seat.secret, now=seat.now)
        note(connection, by=seat.user.name, what="logged-out", about=f"user {seat.user.id}", now=seat.now)
    answer = back_to("/desk/login", "logged_out")
    take_key(request, answer)
    return answer


@router.get("/password")
def password(seat: Viewer) -> HTMLResponse:
    """One's own password."""
    return show(seat, "password.html", place="password", fault="")


@router.post("/password")
def change_password(request: Request, seat: Viewer, hasher: Weighs, pace: Counted) -> Response:
    """A new one, by whoever knows the old one. Every session ends, this one too."""
    if pace.wait(seat.now):
        raise Refused(429, "There were too many wrong passwords from here. Please wait some minutes.")
    fault = _new_password(seat, hasher)
    if fault:
        if fault == "old":
            pace.wrong(seat.now)
        return show(seat, "password.html", status=400, place="password", fault=fault)
    answer = back_to("/desk/login", "password")
    take_key(request, answer)
    return answer


def _new_password(seat: Viewer, hasher: Hasher) -> str:
    """Set it; or what is wrong, as a word of [password.faults] or a sentence."""
    old, new = (seat.form.get(name, "")[:1024] for name in ("old", "new"))
    if new != seat.form.get("again", "")[:1024]:
        return "again"
    if recognise(seat.room.store, name=seat.user.name, password=old, now=seat.now, hasher=hasher) is None:
        return "old"
    try:
        set_password(seat.room.store, name=seat.user.name, password=new, by=seat.user.name, now=seat.now, hasher=hasher)
    except UsageError as error:
        return f"{error}."
    return ""


@router.get("/")
def first(seat: Viewer, done: str = "") -> HTMLResponse:
    """The rollouts there are."""
    return show(seat, "first.html", place="first", rollouts=sorted(seat.room.rollouts.values(), key=lambda each: each.name),
                done=done)
