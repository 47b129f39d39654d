"""For managers: who may log in, and the trail of what everyone did."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from doorstep.desk.audit import PAGE, trail
from doorstep.desk.users import all_users
from doorstep.web.desk.door import Boss
from doorstep.web.desk.page import DeskRoute, Start, show

router = APIRouter(route_class=DeskRoute)


@router.get("/users")
def users(seat: Boss) -> HTMLResponse:
    """A list; they are added and ended by the command, on the machine itself."""
    with seat.room.store.read() as connection:
        rows = all_users(connection)
    return show(seat, "users.html", place="users", rows=rows)


@router.get("/audit")
def audit(seat: Boss, before: Start = 0, by: str = "") -> HTMLResponse:
    """Who changed what, and who looked at whom; the latest first."""
    with seat.room.store.read() as connection:
        rows = trail(connection, before=before, by=by[:80], most=PAGE + 1)
    return show(seat, "audit.html", place="audit", rows=rows[:PAGE], more=len(rows) > PAGE, by=by[:80])
