"""The customer's own page about one visit: what happens when and why, and everything that can be done about it."""

from typing import Any

from babel.numbers import format_decimal
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from doorstep.conversation.notes import is_confirmed, note_of
from doorstep.conversation.surveys import ASKED, answers_of
from doorstep.model import OPEN, Status
from doorstep.usage import Used, used_at
from doorstep.web import visit_after, visit_booking, visit_talk, visit_wishes
from doorstep.web.visit_own import Door, Mine, Own
from doorstep.web.visit_said import Say, in_bdi

router = APIRouter(route_class=Door)
for part in (visit_booking, visit_talk, visit_wishes, visit_after):
    router.include_router(part.router)
GET = ["GET", "HEAD"]
DONE = frozenset({"confirmed", "moved", "noted", "medical", "language", "chosen", "stopped", "started", "called", "refused",
                  "rated", "fault", "answered", "unanswered", "too_late"})
_OURS = ("wrong_meter", "technical", "by_utility")


@router.api_route("/v/{token}", methods=GET)
def show(own: Mine, done: str = "") -> HTMLResponse:
    """The page as the visit stands now."""
    state = own.state
    with own.room.store.read() as connection:
        note = note_of(connection, own.visit_id)
        requests = visit_booking.open_requests(connection, own)
        asked = visit_talk.asked_so_far(connection, own)
        display = answers_of(connection, own.visit_id, "after").get("display")
        promise = visit_talk.promise(connection, own)
        used = used_at(connection, own.visit_id) if state == Status.COMPLETED else []
    say = own.say(**promise)
    is_open = state in OPEN
    confirmed = is_confirmed(own.visit, note)
    # The address may be kept and opened later: what the last form did is said only while it is so.
    so = {"confirmed": confirmed, "refused": state == Status.REFUSED, "moved": is_open, "called": bool(promise),
          "fault": bool(promise), "medical": bool(promise)}
    told = say["done"][done] if done in DONE and so.get(done, True) else None
    said = {**_said(own, say, state), **_coming(own, say), "told": told}
    return own.page("visit.html", **said, state=state, open=is_open, confirmed=is_open and confirmed,
                    may_confirm=is_open and state != Status.EN_ROUTE and not confirmed, may_move=visit_booking.may_move(own),
                    may_wish=not is_open and visit_booking.may_wish(own),
                    waiting="move" in requests, refusal_asked="refuse" in requests, asked=asked, display=display,
                    rateable=state in ASKED, links=_links(own, say, state),
                    public=f"/r/{own.rollout.name}/{own.language}", checks=_checks(own, say), used=_used(own, used))


def _said(own: Own, say: Say, state: str) -> dict[str, Any]:
    """The sentences on top."""
    told_why = state in (Status.ABORTED, Status.CANCELLED) and (state == Status.ABORTED or bool(own.visit.outcome))
    outcome = own.visit.outcome or "none"
    return {"said": say["state"][state], "outcome": say["outcome"][outcome] if told_why else None, "compensation": _owed(own),
            "changed": _changed(own) if state in OPEN else ""}


def _owed(own: Own) -> bool:
    """Whether the rollout pays for this visit: as the notices say it."""
    outcome = own.visit.outcome
    ours = {Status.ABORTED: outcome in _OURS, Status.CANCELLED: outcome not in ("by_customer", "weather")}
    return bool(own.rollout.file.compensation) and ours.get(own.visit.status, False)


def _changed(own: Own) -> str:
    """Whether the customer was last told another day or time."""
    switches = own.room.library.facts(own.rollout, own.language).switches(own.case, ("visit.changed", "visit.day_moved"))
    return ("day" if switches[1] else "time") if switches[0] else ""


def _coming(own: Own, say: Say) -> dict[str, Any]:
    """What happens at a visit that is to come."""
    names = ("visit.power_off", "visit.gas", "visit.presence_required", "customer.prepaid")
    facts = own.room.library.facts(own.rollout, own.language)
    power, gas, presence, prepaid = facts.switches(own.case, names)
    texts = facts.texts(own.case, ("visit.day", "visit.window", "visit.reference"))
    steps = {"show": True, "power_off": power, "gas": gas, "swap": True, "test": True}
    prepare = {"way": True, "dogs": True, "power": power, "medical": power, "prepaid": prepaid, "in": presence}
    return {"said_day": in_bdi(texts[0]), "said_window": in_bdi(texts[1]), "said_reference": in_bdi(texts[2]),
            "said_place": say.gap("place"), "power_off": power, "presence": presence,
            "steps": [said for name, said in say["steps"] if steps[name]],
            "prepare": [said for name, said in say["prepare"] if prepare[name]]}


def _checks(own: Own, say: Say) -> list[Markup]:
    """What to look after when the meter is fitted."""
    names = ("visit.power_off", "visit.gas", "customer.prepaid", "visit.new_meter_known")
    so = own.room.library.facts(own.rollout, own.language).switches(own.case, names)
    words = ("clocks", "gas", "prepaid", "new_meter")
    return [say["after"][word] for word, holds in zip(words, so, strict=True) if holds]


def _used(own: Own, used: list[Used]) -> list[Markup]:
    """What the household used, as its language writes numbers and days."""
    facts = own.room.library.facts(own.rollout, own.language)
    return [own.say(meter=facts.phrases.meters_text(each.commodity, 1).capitalize(), first=own.day(each.first_day),
                    last=own.day(each.last_day), amount=f"{format_decimal(each.amount, locale=facts.locale)} {each.unit}")
            ["after"]["used"] for each in used]


def _links(own: Own, say: Say, state: str) -> list[tuple[str, Markup]]:
    """What else can be done here, in the order in which it is wanted."""
    offered = {"note": state in OPEN, "ask": True, "call": True, "messages": True, "quiz": True,
               "refuse": visit_booking.may_refuse(own)}
    words = {"call": "call_me"}
    return [(address, say["home"][words.get(address, address)]) for address, so in offered.items() if so]
