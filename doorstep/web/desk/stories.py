"""Look a customer up, and tell what they were told: every look is in the trail."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.booking.requests import take_back
from doorstep.desk.audit import note
from doorstep.desk.finding import find
from doorstep.desk.stories import Told, story_of, told
from doorstep.errors import Transient
from doorstep.explain import explain
from doorstep.web.desk.door import Agent, Refused, Seat
from doorstep.web.desk.page import DeskRoute, Number, back_to, show
from doorstep.web.guard import HEADERS

router = APIRouter(route_class=DeskRoute)
# The letter of a stranger, as it were: nothing in it runs, fetches, submits or leads anywhere.
SHOWN = ("default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
         "frame-ancestors 'self'; sandbox")
FRAMES = {"content-security-policy": f"{HEADERS['content-security-policy']}; frame-src 'self'"}


@router.get("/{rollout}/find")
def ask(seat: Agent) -> HTMLResponse:
    """Whom are you looking for?"""
    return show(seat, "find.html", place="find", rows=None)


@router.post("/{rollout}/find")
def found(seat: Agent) -> Response:
    """By POST, so that no number and no address stands in a link, a history or a log."""
    said = seat.form.get("sought", "").strip()[:200]
    if not said:
        raise Refused(400, "Write what to look for: a work order, an account, a whole phone number or email address.")
    with seat.room.store.read() as connection:
        by, rows = find(connection, seat.rollout, said)
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what="searched", about=f"a customer by {by}", rollout=seat.rollout.name,
             data=f"{len(rows)} found", now=seat.now)
    if len(rows) == 1:
        return back_to(f"{seat.here}/visits/{rows[0].id}")
    return show(seat, "find.html", place="find", rows=rows)


@router.get("/{rollout}/visits/{visit}")
def story(seat: Agent, visit: Number, done: str = "") -> HTMLResponse:
    """A visit's story."""
    with seat.room.store.read() as connection:
        seen = story_of(connection, seat.rollout, visit)
    if seen is None:
        raise Refused(404, f"There is no visit {visit} in this rollout.")
    lines = explain(seat.room.store, seat.rollout, f"visit {visit}").lines
    _looked(seat, f"visit {visit}")
    return show(seat, "story.html", place="find", seen=seen, lines=lines, done=done)


@router.post("/{rollout}/visits/{visit}/take-back")
def refusal_taken_back(seat: Agent, visit: Number) -> Response:
    """The customer will have the meter after all. Whoever takes the call tells the scheduler."""
    try:
        done = take_back(seat.room.store, seat.rollout, visit, channel="desk", now=seat.now)
    except Transient as error:
        raise Refused(409, "The schedule is being read just now. Please try again in a minute; nothing was changed.") from error
    if not done:
        raise Refused(409, f"Visit {visit} has no refusal that waits for the schedule. Nothing was changed.")
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what="took back a refusal", about=f"visit {visit}", rollout=seat.rollout.name,
             data="the scheduler must be told", now=seat.now)
    return back_to(f"{seat.here}/visits/{visit}", "refusal_back")


@router.get("/{rollout}/notices/{notice}")
def shown(seat: Agent, notice: Number) -> HTMLResponse:
    """One notice exactly as the customer saw it."""
    seen = _told(seat, notice)
    _looked(seat, f"notice {notice}")
    return show(seat, "notice.html", place="find", seen=seen, headers=FRAMES)


@router.get("/{rollout}/notices/{notice}/body")
def body(seat: Agent, notice: Number) -> HTMLResponse:
    """The email itself, for the frame on the page of its notice."""
    seen = _told(seat, notice)
    if not seen.message or not seen.message.html:
        raise Refused(404, f"Notice {notice} was no email.")
    return HTMLResponse(seen.message.html, headers={"content-security-policy": SHOWN})


def _told(seat: Seat, notice: int) -> Told:
    with seat.room.store.read() as connection:
        seen = told(connection, seat.rollout, notice)
    if seen is None:
        raise Refused(404, f"There is no notice {notice} in this rollout.")
    return seen


def _looked(seat: Seat, about: str) -> None:
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what="looked", about=about, rollout=seat.rollout.name, now=seat.now)
