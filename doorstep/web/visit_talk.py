"""What customers ask on their page: a first answer at once, a person's name and a day, and "did this answer you?"."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlalchemy import Connection, Row, select

from doorstep.conversation.answers import Answers
from doorstep.conversation.enquiries import open_enquiry, satisfied
from doorstep.model import Enquiry, table
from doorstep.rollout.talk_shape import TOPICS
from doorstep.web.visit_forms import Form, Typed
from doorstep.web.visit_own import Door, Mine, Own, Shut, unknown
from doorstep.web.visit_said import masked
from doorstep.web.words import RIGHT_TO_LEFT

router = APIRouter(route_class=Door)
GET = ["GET", "HEAD"]
E = table(Enquiry)
KINDS = ("question", "concern", "complaint")
CALLS = ("call_me", "move", "needs", "fault")
PAGE = "page"
_SHOWN = 10


class First(NamedTuple):
    """What can be said at once."""

    language: str
    direction: str
    short: str
    body: Markup
    source: str


@router.api_route("/v/{token}/ask", methods=GET)
def ask(own: Mine) -> HTMLResponse:
    """A question, a worry or a complaint."""
    return _ask_page(own)


@router.post("/v/{token}/ask")
def keep_question(own: Mine, form: Typed) -> Response:
    """Open it for a person, and show what can be said at once."""
    kind = form.one_of("kind", KINDS, needed="kind")
    topic = form.one_of("topic", TOPICS, needed="topic")
    words = form.text("words", needed="words")
    if form.faults or kind is None or topic is None:
        return _ask_page(own, form)
    return own.back(to=f"/asked/{ask_for(own, kind=kind, topic=topic, words=words)}")


@router.api_route("/v/{token}/asked/{enquiry_id}", methods=GET)
def asked(own: Mine, enquiry_id: str) -> HTMLResponse:
    """What was asked, and what we say to it."""
    return _asked_page(own, _theirs(own, enquiry_id))


@router.post("/v/{token}/asked/{enquiry_id}")
def keep_satisfied(own: Mine, enquiry_id: str, form: Typed) -> Response:
    """Did this answer you?"""
    enquiry = _theirs(own, enquiry_id)
    yes = form.yes_no("answered", needed="choose")
    if yes is None:
        return own.back(to=f"/asked/{enquiry.id}")
    if enquiry.satisfied != int(yes):
        satisfied(own.room.store, own.rollout, enquiry.id, yes=yes, now=own.now)
    return own.back("answered" if yes else "unanswered")


@router.api_route("/v/{token}/call", methods=GET)
def call(own: Mine) -> HTMLResponse:
    """We call you."""
    return _call_page(own)


@router.post("/v/{token}/call")
def keep_call(own: Mine, form: Typed) -> Response:
    """A person is to call."""
    words = form.text("words")
    if form.faults or not own.customer.phone:
        return _call_page(own, form)
    ask_for(own, kind="call_me", topic="other", words=words)
    return own.back("called")


def ask_for(own: Own, *, kind: str, topic: str, words: str) -> int:
    """Open an enquiry of this visit, unless the very same one waits already: a form may be sent twice."""
    with own.room.store.write() as connection:
        # In turn: of two that are sent at once, the second finds the first.
        own.lock(connection)
        same = connection.execute(select(E.c.id).where(
            E.c.visit_id == own.visit_id, E.c.kind == kind, E.c.topic == topic, E.c.words == words, E.c.state == "open")).first()
        return int(same.id) if same else open_enquiry(
            connection, own.rollout, kind=kind, topic=topic, customer_id=own.customer.id, visit_id=own.visit_id, channel=PAGE,
            language=own.customer.language, words=words, now=own.now)


def asked_so_far(connection: Connection, own: Own) -> list[dict[str, Any]]:
    """The newest questions of this visit, and how they stand."""
    rows = connection.execute(select(E).where(E.c.visit_id.in_(own.visit_ids), E.c.kind.in_(KINDS))
                              .order_by(E.c.id.desc()).limit(_SHOWN)).all()
    return [{"id": row.id, "topic": _topic(own, row.topic),
             "standing": own.say(**_named(own, row))["home"]["asked_open" if row.state == "open" else "asked_done"]}
            for row in rows]


def promise(connection: Connection, own: Own) -> dict[str, str]:
    """Who calls, and by when, of what was asked last; nothing where nobody is to call."""
    row = connection.execute(select(E).where(E.c.visit_id.in_(own.visit_ids), E.c.kind.in_(CALLS), E.c.state == "open")
                             .order_by(E.c.id.desc()).limit(1)).first()
    return _named(own, row) if row else {}


def _named(own: Own, enquiry: Row[Any]) -> dict[str, str]:
    return {"owner": enquiry.owner, "due": own.day_of(enquiry.due_at)}


def _topic(own: Own, topic: str) -> str:
    topics = own.room.pages.words("visit", own.language)["topics"]
    return str(topics.get(topic, topics["other"]))


def _theirs(own: Own, enquiry_id: str) -> Row[Any]:
    """An enquiry of this visit; that of another is as unknown as one that does not exist."""
    number = int(enquiry_id) if enquiry_id.isascii() and enquiry_id.isdigit() and len(enquiry_id) < 16 else 0
    with own.room.store.read() as connection:
        row = connection.execute(select(E).where(E.c.id == number, E.c.visit_id.in_(own.visit_ids), E.c.kind.in_(KINDS))).first()
    if row is None:
        raise Shut(unknown(own.room, own.asked_by))
    return row


def _ask_page(own: Own, form: Form | None = None) -> HTMLResponse:
    say = own.say()
    return own.page("visit_ask.html", status=422 if form else 200, faults=form.faults if form else {},
                    typed=form.typed if form else {}, kinds=[(kind, say["ask"][kind]) for kind in KINDS],
                    topics=[(topic, say["topics"][topic]) for topic in TOPICS])


def _asked_page(own: Own, enquiry: Row[Any]) -> HTMLResponse:
    first = None if enquiry.answer else _first(own, enquiry.topic)
    source = enquiry.source if enquiry.answer else first.source if first else ""
    ask_again = enquiry.satisfied is None or (not enquiry.satisfied and enquiry.state == "answered")
    gaps = {"topic": _topic(own, enquiry.topic), "source": source or "", **_named(own, enquiry)}
    return own.page("visit_asked.html", gaps=gaps, enquiry_id=enquiry.id, waiting=enquiry.state == "open",
                    answered=enquiry.answer, first=first, source=source, satisfied=None if ask_again else enquiry.satisfied)


def _first(own: Own, topic: str) -> First | None:
    """What `templates/answers/` says on a topic, in the customer's language or the nearest; nothing on "something else"."""
    answer = _answers(own.room.settings.templates).answer(topic, own.rollout.chain(own.language), own.rollout)
    if answer is None:
        return None
    direction = "rtl" if answer.language in RIGHT_TO_LEFT else "ltr"
    # Our own words, escaped where they were made.
    return First(answer.language, direction, answer.short, Markup(answer.html), answer.source)


@lru_cache(maxsize=4)
def _answers(templates: Path) -> Answers:
    return Answers.load(templates)


def _call_page(own: Own, form: Form | None = None) -> HTMLResponse:
    phone = own.customer.phone
    return own.page("visit_call.html", status=422 if form else 200, faults=form.faults if form else {},
                    typed=form.typed if form else {}, has_number=bool(phone),
                    gaps={"number": masked("call", phone) if phone else ""})
