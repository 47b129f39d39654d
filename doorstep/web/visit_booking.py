"""What customers decide on their page: that the time suits them, another one, or no meter; and the visit for a calendar."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection, select

from doorstep.booking import requests
from doorstep.booking.calendar_file import TYPE, ics
from doorstep.booking.slots import Offer, hold, offered, release
from doorstep.conversation.notes import confirm
from doorstep.errors import Transient
from doorstep.links import page_until
from doorstep.model import OPEN, CalendarSlot, Request, SlotHold, Status, table
from doorstep.web.visit_forms import Form, Typed
from doorstep.web.visit_own import Door, Mine, Own
from doorstep.web.visit_talk import ask_for

router = APIRouter(route_class=Door)
GET = ["GET", "HEAD"]
Q, S, H = table(Request), table(CalendarSlot), table(SlotHold)
MOST_SHOWN = 40
# Why a time could not be had, by the reason that the booking gives; every other one is said by the page as it then stands.
_WHY = {"taken": "taken", "not_offered": "taken", "same_day": "same_day"}


@router.post("/v/{token}/confirm")
def keep_confirmed(own: Mine, _form: Typed) -> Response:
    """The day and time suit the customer."""
    if own.state not in (Status.PLANNED, Status.BOOKED):
        return own.back("too_late")
    confirm(own.room.store, own.rollout, own.visit_id, now=own.now)
    return own.back("confirmed")


@router.api_route("/v/{token}/move", methods=GET)
def choose_slot(own: Mine, why: str = "") -> HTMLResponse:
    """The free times; or the one that is held for this customer, to be taken or left."""
    return _move_page(own, why=why if why in _WHY.values() else "")


@router.post("/v/{token}/move")
def keep_slot(own: Mine, form: Typed) -> Response:
    """Hold a place while the customer decides."""
    slot = form.number("slot")
    if slot is None:
        form.faults["slot"] = "slot"
        return _move_page(own, form)
    held = hold(own.room.store, own.rollout, own.visit_id, slot, now=own.now)
    return own.back(to="/move", why="" if held else "taken")


@router.post("/v/{token}/take")
def take_slot(own: Mine, form: Typed) -> Response:
    """Move the visit to the place that is held."""
    slot = form.number("slot")
    if slot is None:
        return own.back(to="/move")
    if _is_there(own, slot):
        return own.back("moved")
    try:
        moved = requests.move(own.room.store, own.rollout, own.visit_id, slot, channel="page", now=own.now)
    except Transient:
        return _busy(own)
    if isinstance(moved, requests.No):
        return own.back(to="/move", why=_WHY.get(moved.why, ""))
    # Who chose it need not be asked whether it suits.
    confirm(own.room.store, own.rollout, moved.visit_id, now=own.now)
    return own.back("moved")


@router.post("/v/{token}/release")
def release_slot(own: Mine, _form: Typed) -> Response:
    """Give the place back, and look at the others."""
    release(own.room.store, own.rollout, own.visit_id, now=own.now)
    return own.back(to="/move")


@router.post("/v/{token}/suits")
def keep_wish(own: Mine, form: Typed) -> Response:
    """No time suits: a person is to find one and call."""
    words = form.text("words", needed="suits")
    if not may_wish(own):
        return own.back("too_late")
    if form.faults:
        return _move_page(own, form)
    ask_for(own, kind="move", topic="other", words=words)
    return own.back("called")


@router.api_route("/v/{token}/visit.ics", methods=GET)
def calendar(own: Mine) -> Response:
    """The visit for the customer's own calendar: opened again, it moves there too, or is called off."""
    said = own.say()["calendar"]
    link = own.room.links.visit(own.visit_id, page_until(own.visit.day, own.now)) if own.room.links else ""
    body = ics(own.rollout, own.visit, language=own.language, url=link, place=own.say().gap("place").striptags(),
               summary=said["summary"].striptags(), description=said["description"].striptags())
    return Response(body, media_type=TYPE, headers={"content-disposition": 'attachment; filename="visit.ics"'})


@router.api_route("/v/{token}/refuse", methods=GET)
def ask_refusal(own: Mine) -> HTMLResponse:
    """What it means to refuse the meter, what it costs, and how to change one's mind."""
    return _refuse_page(own)


@router.post("/v/{token}/refuse")
def keep_refusal(own: Mine, form: Typed) -> Response:
    """Refuse the meter, once the customer says that they are sure."""
    if own.visit.status == Status.REFUSED:
        return own.back("refused")
    if not may_refuse(own):
        return own.back(to="/refuse")
    if form.one_of("sure", ["yes"], needed="sure") is None:
        return _refuse_page(own, form)
    try:
        refused = requests.refuse(own.room.store, own.rollout, own.visit_id, channel="page", now=own.now)
    except Transient:
        return _busy(own)
    return own.back("refused" if isinstance(refused, requests.Declined) else "too_late")


def may_move(own: Own) -> bool:
    """Whether the customer may choose another time here."""
    return requests.may_move(own.rollout, own.visit, own.now, life_support=bool(own.customer.life_support))


def may_wish(own: Own) -> bool:
    """Whether another day can still be wished for: the meter is not fitted, and not refused."""
    return own.visit.status in (*OPEN, Status.ABORTED, Status.CANCELLED)


def may_refuse(own: Own) -> bool:
    """Whether the customer may refuse the meter here."""
    return requests.may_refuse(own.rollout, own.visit, landlord=bool(own.customer.landlord))


def open_requests(connection: Connection, own: Own) -> set[str]:
    """What the customer asked of the scheduler and the feed has not answered: move, refuse."""
    return set(connection.execute(select(Q.c.kind).where(
        Q.c.visit_id == own.visit_id, Q.c.state.in_(requests.STANDING))).scalars())


def _move_page(own: Own, form: Form | None = None, why: str = "") -> HTMLResponse:
    may = may_move(own)
    with own.room.store.read() as connection:
        slots = offered(connection, own.rollout, own.visit_id, now=own.now) if may else []
        held = _held(connection, own) if may else None
    until = _clock(own, held["until_at"]) if held else ""
    gaps = {"hold": own.rollout.file.booking.hold_minutes, "until": until}
    return own.page("visit_move.html", status=422 if form else 200, gaps=gaps, may_move=may, why=why, held=held,
                    may_wish=may_wish(own), open=own.state in OPEN,
                    slots=[(str(slot.slot_id), _slot_said(own, slot)) for slot in slots[:MOST_SHOWN]],
                    faults=form.faults if form else {}, typed=form.typed if form else {})


def _slot_said(own: Own, slot: Any) -> str:
    comma = own.room.library.phrases(own.language).comma
    return f"{own.day(slot.day)}{comma}{own.window(slot.window_start, slot.window_end)}"


def _held(connection: Connection, own: Own) -> dict[str, Any] | None:
    """The place that is held for this visit."""
    row = connection.execute(
        select(S.c.id, S.c.day, S.c.window_start, S.c.window_end, H.c.until_at).join(H, H.c.slot_id == S.c.id)
        .where(H.c.visit_id == own.visit_id, H.c.state == "held", H.c.until_at > own.now)).first()
    if row is None:
        return None
    said = _slot_said(own, Offer(row.id, row.day, row.window_start, row.window_end, 1))
    return {"slot_id": row.id, "said": said, "until_at": row.until_at}


def _clock(own: Own, at: int) -> str:
    clock = datetime.fromtimestamp(at, ZoneInfo(own.visit.zone))
    return own.room.library.phrases(own.language).clock_time(clock.hour * 60 + clock.minute)


def _is_there(own: Own, slot_id: int) -> bool:
    """Whether the visit stands in this slot already: the form was sent twice."""
    with own.room.store.read() as connection:
        return connection.execute(select(H.c.id).where(
            H.c.visit_id == own.visit_id, H.c.slot_id == slot_id, H.c.state == "booked")).first() is not None


def _refuse_page(own: Own, form: Form | None = None) -> HTMLResponse:
    return own.page("visit_refuse.html", status=422 if form else 200, may_refuse=may_refuse(own),
                    fee_due=bool(own.rollout.file.refusal_fee), faults=form.faults if form else {})


def _busy(own: Own) -> HTMLResponse:
    """A pull is at work on the same visits: nothing was changed."""
    page = own.page("visit_slow.html", status=503, why="busy")
    page.headers["retry-after"] = "60"
    return page
