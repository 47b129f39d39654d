"""The emergency stop: whoever answers customers may press it; to go on is a manager's word."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.delivery.halting import Scope, halt, resume, standstills
from doorstep.desk.audit import note
from doorstep.facts.clean import clean
from doorstep.web.desk.door import Agent, Boss, Refused, Seat, Viewer
from doorstep.web.desk.page import DeskRoute, Number, back_to, show

router = APIRouter(route_class=DeskRoute)


@router.get("/{rollout}/stops")
def stops(seat: Viewer, done: str = "") -> HTMLResponse:
    """The stops in force, and the form for one more."""
    with seat.room.store.read() as connection:
        rows = standstills(connection, seat.rollout)
    return show(seat, "stops.html", place="stops", rows=rows, notices=[row.notice for row in seat.rollout.plan],
                languages=seat.rollout.file.languages, done=done)


@router.post("/{rollout}/stops")
def stop(seat: Agent) -> Response:
    """Nothing that fits goes out from the next batch on."""
    said = {name: clean(seat.form.get(name, ""), 300).strip() for name in ("reason", "area", "notice", "language")}
    if len(said["reason"]) < 3:
        raise Refused(400, "Say in a few words what is wrong: whoever ends the stop must know. Nothing was stopped.")
    scope = Scope(*(said[name] or None for name in Scope._fields))
    number = halt(seat.room.store, seat.rollout, scope, reason=said["reason"], by=seat.user.name, now=seat.now)
    _noted(seat, "stopped", number, str(scope))
    return back_to(f"{seat.here}/stops", "stopped")


@router.post("/{rollout}/stops/{number}/resume")
def go_on(seat: Boss, number: Number) -> Response:
    """What is still useful goes out with the next send."""
    if not resume(seat.room.store, seat.rollout, number, by=seat.user.name, now=seat.now):
        raise Refused(404, "This stop is no longer in force.")
    _noted(seat, "resumed", number, None)
    return back_to(f"{seat.here}/stops", "resumed")


def _noted(seat: Seat, what: str, number: int, data: str | None) -> None:
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what=what, about=f"stop {number}", rollout=seat.rollout.name, data=data, now=seat.now)
