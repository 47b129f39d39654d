"""What anybody may read about a rollout: when it is an area's turn, what people ask most, and how to tell who may come in."""

from typing import Any, NamedTuple

from babel import Locale
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlalchemy import func, select

from doorstep.facts import Facts
from doorstep.facts.answer import CONCERNS, IMPOSTOR, QUESTIONS, Answer
from doorstep.facts.clean import clean
from doorstep.model import OPEN, Customer, Visit, table
from doorstep.rollout import Rollout
from doorstep.timing import local_day
from doorstep.web.room import Here, Room

router = APIRouter()
PAGE = "public"
FRESH = 300            # seconds for which a page is kept: the schedule changes once a night
FEWEST = 10            # visits of an area that is named: of fewer, a day would say too much about a household
MOST_AREAS = 150       # on a page of less than 60 kB
V, C = table(Visit), table(Customer)


class Area(NamedTuple):
    """An area and the days between which its visits are planned, as the language says them."""

    name: str
    first: str
    last: str


@router.api_route("/r/{name}/{language}", methods=["GET", "HEAD"])
def show(name: str, language: str, room: Here, request: Request) -> HTMLResponse:
    """The page of a rollout in a language, made anew every few minutes."""
    rollout = room.rollouts.get(name)
    if rollout is None or language not in {*rollout.file.languages, *room.pages.languages(PAGE)}:
        raise HTTPException(404, "There is no such page. Please check its address.")
    kept = _kept(request)
    made, page = kept.get((name, language), (0, ""))
    now = room.now
    if not made <= now < made + FRESH:
        page = _page(room, rollout, language, now)
        kept[name, language] = (now, page)
    return HTMLResponse(page, headers={"cache-control": f"public, max-age={FRESH}", "x-robots-tag": "index, follow"})


def _kept(request: Request) -> dict[tuple[str, str], tuple[int, str]]:
    """The pages made lately, with when."""
    state = request.app.state
    if not hasattr(state, "public"):
        state.public = {}
    found: dict[tuple[str, str], tuple[int, str]] = state.public
    return found


def _page(room: Room, rollout: Rollout, wanted: str, now: int) -> str:
    language = room.pages.language(PAGE, rollout, wanted)
    words, facts = room.pages.words(PAGE, language), room.library.facts(rollout, language)
    contact = {key: facts.constants[f"utility.{key}"] for key in ("phone", "website", "address")}
    said: dict[str, list[Answer]] = {group: _answers(room, rollout, language, topics) for group, topics in (
        ("questions", QUESTIONS), ("others", CONCERNS), ("impostor", (IMPOSTOR,)))}
    return room.pages.render(
        "public.html", page=PAGE, language=language, utility=facts.constants["utility.name"], rollout=rollout.name,
        languages=_languages(room, rollout, language), areas=_areas(room, rollout, facts, now),
        more=Markup(words["areas"]["more"]).format(phone=Markup('<span class="ltr">{}</span>').format(contact["phone"])),
        questions=said["questions"], others=said["others"], impostor=next(iter(said["impostor"]), None),
        reviewed=lambda answer: words["questions"]["reviewed"].format(day=facts.day[answer.reviewed]) if answer.reviewed else "",
        contact={**contact, "email": rollout.file.utility.email}, dial=_dial(contact["phone"]))


def _answers(room: Room, rollout: Rollout, language: str, topics: tuple[str, ...]) -> list[Answer]:
    chain = (language, *rollout.chain(language))
    found = (room.library.answers.answer(topic, chain, rollout) for topic in topics)
    return [each._replace(html=Markup(each.html)) for each in found if each]


def _areas(room: Room, rollout: Rollout, facts: Facts, now: int) -> list[Area]:
    today = str(local_day(now, rollout.zone))
    with room.store.read() as connection:
        rows: list[Any] = list(connection.execute(
            select(C.c.area, func.min(V.c.day).label("first"), func.max(V.c.day).label("last"))
            .select_from(V).join(C, C.c.id == V.c.customer_id)
            .where(V.c.rollout == rollout.name, V.c.day >= today, V.c.status.in_(OPEN), C.c.area.is_not(None))
            .group_by(C.c.area).having(func.count() >= FEWEST)
            .order_by(func.min(V.c.day), C.c.area).limit(MOST_AREAS)))
    return [Area(clean(row.area), facts.day[row.first], facts.day[row.last]) for row in rows]


def _languages(room: Room, rollout: Rollout, language: str) -> list[tuple[str, str]]:
    """The other languages in which the page speaks, each named in itself."""
    ours = [code for code in rollout.file.languages if code in room.pages.languages(PAGE) and code != language]
    return [(code, str(Locale.parse(code).get_display_name(code))) for code in ours]


def _dial(phone: str) -> str:
    """The number as a phone dials it."""
    return "".join(letter for letter in phone if letter.isdigit() or letter == "+")
