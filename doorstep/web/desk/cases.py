"""Cases: what waits for an answer, one case with the customer's own words, and what a person does with it."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.conversation import enquiries
from doorstep.conversation.answers import Answer, Answers
from doorstep.desk import cases as desk
from doorstep.desk.audit import note
from doorstep.facts.clean import clean
from doorstep.inbox.deceased import silence_customer
from doorstep.rollout.talk_shape import TOPICS
from doorstep.web.desk.door import Agent, Refused, Seat
from doorstep.web.desk.page import DeskRoute, Number, back_to, show

router = APIRouter(route_class=DeskRoute)
MOST_SAID = 5000          # letters of an answer


@router.get("/{rollout}/cases")
def cases(seat: Agent, state: str = "open", owner: str = "", topic: str = "", area: str = "", after: str = "",
          done: str = "") -> HTMLResponse:
    """What is due first on top."""
    wanted = desk.Wanted(state if state in desk.STATES else "open", *(clean(each, 80).strip() for each in (owner, topic, area)))
    with seat.room.store.read() as connection:
        counts = desk.counts(connection, seat.rollout, seat.now)
        rows = desk.listed(connection, seat.rollout, wanted, now=seat.now, after=_place(after), most=desk.PAGE + 1)
    return show(seat, "cases.html", place="cases", counts=counts, rows=rows[:desk.PAGE], wanted=wanted, topics=TOPICS,
                states=desk.STATES, owners=desk.owners(seat.rollout), more=_more(wanted, rows), began=bool(after), done=done)


def _place(after: str) -> tuple[int, int]:
    """ "due-id" of the last case that was seen."""
    due, _, number = after.partition("-")
    fits = all(each.isascii() and each.isdigit() and len(each) < 16 for each in (due, number))
    return (int(due), int(number)) if fits else (0, 0)


def _more(wanted: desk.Wanted, rows: Any) -> str:
    """Where the list goes on, if it does."""
    if len(rows) <= desk.PAGE:
        return ""
    last = rows[desk.PAGE - 1]
    return urlencode({**wanted._asdict(), "after": f"{last.due_at}-{last.id}"})


@router.get("/{rollout}/cases/{number}")
def case(seat: Agent, number: Number, done: str = "") -> HTMLResponse:
    """One case: what the customer said, about which visit, and an answer to begin with."""
    row = _case(seat, number)
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what="looked", about=f"enquiry {number}", rollout=seat.rollout.name, now=seat.now)
        silent = _of_the_dead(row) and desk.silenced(connection, seat.rollout, row.customer_id)
    return show(seat, "case.html", place="cases", case=row, owners=desk.owners(seat.rollout), done=done,
                suggested=_suggested(seat, row) if row.state == "open" else None, written=desk.goes_in_writing(row),
                died=_of_the_dead(row), silent=silent)


@router.post("/{rollout}/cases/{number}/answer")
def answer(seat: Agent, number: Number) -> Response:
    """It goes to the customer by the way the question came, where that was in writing."""
    row = _case(seat, number)
    said = seat.form.get("answer", "").replace("\r\n", "\n").strip()
    if not said or len(said) > MOST_SAID:
        raise Refused(400, f"Write an answer of at most {MOST_SAID:,} letters; this one has {len(said):,}. Nothing was sent.")
    source = clean(seat.form.get("source", ""), 300).strip()
    done = enquiries.answer(seat.room.store, seat.rollout, number, by=seat.user.name, answer=said, source=source, now=seat.now)
    return _noted(seat, number, "answered" if done else "", "" if desk.goes_in_writing(row) else "kept")


@router.post("/{rollout}/cases/{number}/close")
def close(seat: Agent, number: Number) -> Response:
    """Nothing more is to be done."""
    _case(seat, number)
    done = enquiries.close(seat.room.store, seat.rollout, number, by=seat.user.name, now=seat.now)
    return _noted(seat, number, "closed" if done else "")


@router.post("/{rollout}/cases/{number}/silence")
def silence(seat: Agent, number: Number) -> Response:
    """The customer has died, and a person made sure of it: nothing more goes out to them."""
    row = _case(seat, number)
    if not _of_the_dead(row):
        raise Refused(409, f"Case {number} is not about a customer of ours who died. Nothing was changed.")
    if seat.form.get("sure") != "yes":
        raise Refused(400, "Say that you made sure: everything to this customer ends. Nothing was changed.")
    silence_customer(seat.room.store, seat.rollout, row.customer_id, now=seat.now)
    return _noted(seat, number, "silenced")


@router.post("/{rollout}/cases/{number}/owner")
def hand(seat: Agent, number: Number) -> Response:
    """Somebody else is to answer."""
    desk.hand(seat.room.store, seat.rollout, number, owner=seat.form.get("owner", ""), by=seat.user.name, now=seat.now)
    return back_to(f"{seat.here}/cases/{number}", "handed")


def _case(seat: Seat, number: int) -> Any:
    with seat.room.store.read() as connection:
        row = desk.case(connection, seat.rollout, number)
    if row is None:
        raise Refused(404, f"There is no case {number} in this rollout.")
    return row


def _of_the_dead(row: Any) -> bool:
    return row.kind == "deceased" and row.customer_id is not None


def _suggested(seat: Seat, row: Any) -> Answer | None:
    """The programme's own answer on the topic, in the customer's language or the nearest one that has it; short for a text."""
    found = _answers(seat.room.settings.templates).answer(row.topic, seat.rollout.chain(row.language), seat.rollout)
    return found._replace(text=found.short) if found and row.channel == "sms" else found


@lru_cache(maxsize=4)
def _answers(templates: Path) -> Answers:
    return Answers.load(templates)


def _noted(seat: Seat, number: int, what: str, done: str = "") -> Response:
    if not what:
        raise Refused(409, f"Somebody else was faster: case {number} no longer waits. Nothing was changed.")
    with seat.room.store.write() as connection:
        note(connection, by=seat.user.name, what=what, about=f"enquiry {number}", rollout=seat.rollout.name, now=seat.now)
    return back_to(f"{seat.here}/cases/{number}", done or what)
