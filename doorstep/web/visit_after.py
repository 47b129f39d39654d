"""When the visit is over: how it went, what the display shows, and what the customer knows."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.conversation.surveys import ASKED, KNOWLEDGE, answers_of, marked, rate
from doorstep.model import Status
from doorstep.web.visit_forms import Form, Typed
from doorstep.web.visit_own import Door, Mine, Own
from doorstep.web.visit_talk import ask_for

router = APIRouter(route_class=Door)
GET = ["GET", "HEAD"]
STARS = ("1", "2", "3", "4", "5")


@router.api_route("/v/{token}/rate", methods=GET)
def ask_rating(own: Mine) -> Response:
    """How did it go?"""
    return _rate_page(own) if own.visit.status in ASKED else own.back()


@router.post("/v/{token}/rate")
def keep_rating(own: Mine, form: Typed) -> Response:
    """Keep the answers; what was skipped stays open."""
    if own.visit.status not in ASKED:
        return own.back("too_late")
    rating = form.one_of("rating", STARS, needed="rating")
    others = {name: form.yes_no(name) for name in _yes_no(own)}
    if form.faults or rating is None:
        return _rate_page(own, form)
    answers = {name: int(said) for name, said in others.items() if said is not None} | {"rating": int(rating)}
    rate(own.room.store, own.rollout, own.visit_id, "after", answers, "page", now=own.now)
    return own.back("rated")


@router.post("/v/{token}/display")
def keep_display(own: Mine, form: Typed) -> Response:
    """Whether the display looks as it should; if not, a person looks into it."""
    good = form.yes_no("display", needed="choose")
    if good is None or own.visit.status != Status.COMPLETED:
        return own.back()
    if not good:
        ask_for(own, kind="fault", topic="accuracy", words="")
    rate(own.room.store, own.rollout, own.visit_id, "after", {"display": int(good)}, "page", now=own.now)
    return own.back("rated" if good else "fault")


@router.api_route("/v/{token}/quiz", methods=GET)
def ask_quiz(own: Mine) -> HTMLResponse:
    """The seven questions; once they are answered, what is right."""
    return _quiz_page(own)


@router.post("/v/{token}/quiz")
def keep_quiz(own: Mine, form: Typed) -> Response:
    """Mark the answers."""
    said = {name: answer for name in KNOWLEDGE if (answer := form.yes_no(name)) is not None}
    if not said and not form.faults:
        form.faults["q1"] = "quiz"
    if form.faults:
        return _quiz_page(own, form)
    rate(own.room.store, own.rollout, own.visit_id, "knowledge", marked(said), "page", now=own.now)
    return own.back(to="/quiz")


def _yes_no(own: Own) -> list[str]:
    return [question for question in ASKED[own.visit.status] if question != "rating"]


def _rate_page(own: Own, form: Form | None = None) -> HTMLResponse:
    say = own.say()
    with own.room.store.read() as connection:
        before = answers_of(connection, own.visit_id, "after")
    typed = {name: str(value) if name == "rating" else "yes" if value else "no" for name, value in before.items()}
    return own.page("visit_rate.html", status=422 if form else 200, faults=form.faults if form else {},
                    typed=form.typed if form else typed, stars=[(star, say["rate"][f"rating_{star}"]) for star in STARS],
                    yes_no=_yes_no(own))


def _quiz_page(own: Own, form: Form | None = None) -> HTMLResponse:
    with own.room.store.read() as connection:
        marks = [] if form else sorted(answers_of(connection, own.visit_id, "knowledge").items())
    gaps = {"right": sum(right for _, right in marks), "all": len(marks)}
    return own.page("visit_quiz.html", status=422 if form else 200, faults=form.faults if form else {},
                    typed=form.typed if form else {}, gaps=gaps, marks=marks, questions=list(KNOWLEDGE))
