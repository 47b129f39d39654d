"""The calls to make: the list, one call with its script, and what came of it."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.channels.calls import OUTCOMES, waiting
from doorstep.desk.audit import last_looks, note
from doorstep.desk.calling import call_file, take_outcome
from doorstep.web.desk.door import Agent, Refused
from doorstep.web.desk.feeds import csv_of
from doorstep.web.desk.page import DeskRoute, Number, Start, back_to, show

router = APIRouter(route_class=DeskRoute)
PAGE = 50
LATELY = 1800             # seconds: someone who opened a call so long ago may still be talking


@router.get("/{rollout}/calls")
def calls(seat: Agent, page: Start = 1, done: str = "") -> HTMLResponse:
    """What ends first on top. Names and numbers stand on the page of each call."""
    rows = list(waiting(seat.room.store, seat.rollout, seat.room.settings, now=seat.now))
    first = (min(max(page, 1), 20_000) - 1) * PAGE
    return show(seat, "calls.html", place="calls", rows=rows[first:first + PAGE], count=len(rows), page_number=first // PAGE + 1,
                more=len(rows) > first + PAGE, done=done)


@router.get("/{rollout}/calls.csv")
def calls_csv(seat: Agent) -> Response:
    """The same list as a file, for a call centre with a system of its own."""
    content = call_file(seat.room.store, seat.rollout, seat.room.settings, now=seat.now)
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what="downloaded", about="calls", rollout=seat.rollout.name, now=seat.now)
    return csv_of(content, f"calls-{seat.rollout.name}.csv")


@router.get("/{rollout}/calls/{notice}")
def call(seat: Agent, notice: Number) -> HTMLResponse:
    """Whom to call, why, and what to say."""
    rows = waiting(seat.room.store, seat.rollout, seat.room.settings, now=seat.now)
    row = next((row for row in rows if row["notice"] == notice), None)
    if row is None:
        raise Refused(404, f"Call {notice} is no longer on the list: it was made, or there is nothing left to say.")
    with seat.room.store.write() as connection:
        others = last_looks(connection, seat.rollout.name, f"call {notice}", since=seat.now - LATELY, not_by=seat.user.name)
        note(connection, by=seat.user.name, what="looked", about=f"call {notice}", rollout=seat.rollout.name, now=seat.now)
    return show(seat, "call.html", place="calls", call=row, outcomes=OUTCOMES, others=others)


@router.post("/{rollout}/calls/{notice}")
def called(seat: Agent, notice: Number) -> Response:
    """What came of it: the same road as a filled worklist."""
    said = {name: seat.form.get(name, "")[:40] for name in ("attempt", "try", "outcome")}
    take_outcome(seat.room.store, seat.rollout, seat.room.settings, {"notice": str(notice), **said}, by=seat.user.name,
                 now=seat.now)
    return back_to(f"{seat.here}/calls", "called")
