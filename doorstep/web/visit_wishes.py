"""What customers choose on their page: who will be there and how to get in, the language, by which way and how often we write."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from doorstep.conversation import preferences
from doorstep.conversation.notes import PRESENT, Told, note, note_of
from doorstep.model import OPEN, address_on
from doorstep.web.visit_forms import Form, Typed
from doorstep.web.visit_own import Door, Mine, Own
from doorstep.web.visit_said import Say, masked
from doorstep.web.visit_talk import ask_for

router = APIRouter(route_class=Door)
GET = ["GET", "HEAD"]
ANY = preferences.ANY


@router.post("/v/{token}/language")
def choose_language(own: Mine, form: Typed) -> Response:
    """From now on in another language: the page at once, and every message."""
    language = form.one_of("language", own.rollout.file.languages, needed="choose")
    if language is None:
        return own.back()
    preferences.choose_language(own.room.store, own.rollout, own.visit_id, language, now=own.now)
    return own.back("language")


@router.api_route("/v/{token}/note", methods=GET)
def ask_note(own: Mine) -> HTMLResponse:
    """Who will be there, access, pets, medical equipment."""
    return _note_page(own)


@router.post("/v/{token}/note")
def keep_note(own: Mine, form: Typed) -> Response:
    """Keep what was told; medical equipment goes to a person at once."""
    present = form.one_of("present", PRESENT)
    told = Told(present, form.text("who", longest=120, needed="who" if present == "someone" else "") or None,
                form.text("access") or None, form.yes_no("pets"), form.yes_no("medical"))
    if form.faults:
        return _note_page(own, form)
    if own.visit.status not in OPEN:
        return own.back("too_late")
    if told.medical and not _is_planned_for(own):
        # A matter of safety, so that it is due at once. Before the note: what is cut off between the two is sent again.
        ask_for(own, kind="needs", topic="safety", words="")
    note(own.room.store, own.rollout, own.visit_id, told, now=own.now)
    return own.back("medical" if told.medical else "noted")


def _is_planned_for(own: Own) -> bool:
    with own.room.store.read() as connection:
        before = note_of(connection, own.visit_id)
    return before is not None and bool(before.medical)


def _note_page(own: Own, form: Form | None = None) -> HTMLResponse:
    """The form. What was told before is not shown: a link may be passed on, and who is at home is nobody else's business."""
    with own.room.store.read() as connection:
        have = note_of(connection, own.visit_id)
    say = own.say()
    return own.page("visit_note.html", **_tried(form), have=have is not None, presence=bool(own.visit.presence_required),
                    present=[(name, say["note"][name]) for name in PRESENT])


@router.api_route("/v/{token}/messages", methods=GET)
def ask_messages(own: Mine) -> HTMLResponse:
    """By which way, how often, and what no longer."""
    return _messages_page(own)


@router.post("/v/{token}/messages")
def choose_messages(own: Mine, form: Typed) -> Response:
    """Keep the way and the number."""
    prefers = form.one_of("prefers", [ANY, *_ways(own)], needed="choose")
    week = form.one_of("week", [name for name, _ in _weeks(own, own.say())], needed="choose")
    if form.faults or prefers is None or week is None:
        return _messages_page(own, form)
    store, visit = own.room.store, own.visit_id
    preferences.choose_channel(store, own.rollout, visit, None if prefers == ANY else prefers, now=own.now)
    preferences.choose_most_per_week(store, own.rollout, visit, None if week == ANY else int(week), now=own.now)
    return own.back("chosen")


@router.post("/v/{token}/stop")
def stop(own: Mine, form: Typed) -> Response:
    """Nothing more in this way."""
    channel = form.one_of("channel", tuple(preferences.STOPPABLE), needed="choose")
    if channel is None:
        return own.back(to="/messages")
    preferences.stop_channel(own.room.store, own.rollout, own.visit_id, channel, now=own.now)
    return own.back("stopped")


@router.post("/v/{token}/start")
def start(own: Mine, form: Typed) -> Response:
    """In this way again."""
    channel = form.one_of("channel", tuple(preferences.STOPPABLE), needed="choose")
    if channel is None:
        return own.back(to="/messages")
    preferences.start_channel(own.room.store, own.rollout, own.visit_id, channel, now=own.now)
    return own.back("started")


def _messages_page(own: Own, form: Form | None = None) -> HTMLResponse:
    with own.room.store.read() as connection:
        standing = preferences.standing(connection, own.rollout, own.customer)
    say = own.say()
    most = own.customer.most_per_week
    kept = {"prefers": own.customer.prefers or ANY, "week": ANY if most is None else str(most)}
    tried = _tried(form) if form else {"typed": kept}
    ways = [(ANY, say["messages"]["any"]), *((name, say["channel"][name]) for name in _ways(own))]
    return own.page("visit_messages.html", **tried, preferences=ways, weeks=_weeks(own, say),
                    channels=[_shown(own, say, channel, so) for channel, so in standing.items()])


def _ways(own: Own) -> list[str]:
    """The ways that reach this customer."""
    return [channel for channel in preferences.STOPPABLE if address_on(channel, own.customer, own.customer.id)]


def _weeks(own: Own, say: Say) -> list[tuple[str, Any]]:
    """How often, by the value of its field."""
    cap = own.rollout.file.cap_per_week
    numbers = [(str(number), number) for number in range(1, cap)]
    some = own.say(cap=cap)["messages"]
    return [(ANY, some["week_any"]), *numbers, ("0", say["messages"]["week_none"])]


def _shown(own: Own, say: Say, channel: str, standing: str) -> dict[str, Any]:
    address = "" if channel == "post" else masked(channel, own.customer.email if channel == "email" else own.customer.phone)
    return {"name": channel, "said": say["channel"][channel], "address": address, "standing": standing,
            "stoppable": standing == "visits" and channel != "post"}


def _tried(form: Form | None) -> dict[str, Any]:
    """A form with its faults, and what was typed."""
    return {"faults": form.faults, "typed": form.typed, "status": 422} if form else {}
