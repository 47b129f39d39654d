"""One click that ends what is not duty (RFC 8058): by POST alone, without login, cookie or redirect; a GET changes nothing."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Row, select

from doorstep.conversation.deeds import C, visit_held, write_down
from doorstep.conversation.preferences import NOT_DUTY, stop_by_wish
from doorstep.model import Notice, address_on, table
from doorstep.rollout import Rollout
from doorstep.web.room import Here, Room
from doorstep.web.visit_own import PAGE, Door, Shut, unknown
from doorstep.web.visit_said import Say

router = APIRouter(route_class=Door)
N = table(Notice)
ONE_CLICK = ("List-Unsubscribe", "One-Click")


def _notice(token: str, room: Here, request: Request) -> Row[Any]:
    """The notice of this link. Raises Shut with the page that every unknown link gets."""
    number = room.links.unsubscribed(token) if room.links else None
    if number is not None:
        with room.store.read() as connection:
            row = connection.execute(select(N.c.id, N.c.rollout, N.c.visit_id, N.c.customer_id, N.c.channel, N.c.language)
                                     .where(N.c.id == number)).first()
        if row is not None and row.rollout in room.rollouts:
            return row
    raise Shut(unknown(room, request))


async def _one_click(request: Request) -> bool:
    """Whether the body says what RFC 8058 wants it to say."""
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            return ONE_CLICK in form.multi_items()
    except (UnicodeError, ValueError):
        return False


Meant = Annotated[Row[Any], Depends(_notice)]


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def ask(token: str, room: Here, notice: Meant) -> HTMLResponse:
    """A button. Programs that look into mail open every link."""
    return _page(room, notice, token, done=False)


@router.post("/u/{token}")
def stop(token: str, room: Here, notice: Meant, meant: Annotated[bool, Depends(_one_click)]) -> HTMLResponse:
    """End it; a second time says the same."""
    if not meant:
        raise HTTPException(400, "This address takes List-Unsubscribe=One-Click. Nothing was changed.")
    _end(room, room.rollouts[notice.rollout], notice)
    return _page(room, notice, token, done=True)


def _end(room: Room, rollout: Rollout, notice: Row[Any]) -> None:
    """Nothing but duty to the address that the notice went to."""
    now = room.now
    with room.store.write() as connection:
        visit = visit_held(connection, rollout, notice.visit_id)
        customer = connection.execute(select(C).where(C.c.id == notice.customer_id)).one()
        address = address_on(notice.channel, customer, customer.id)
        if address and stop_by_wish(connection, rollout, notice.channel, address, NOT_DUTY, now=now):
            write_down(connection, visit, "stopped", f"link {notice.channel}", now=now, notice_id=notice.id)


def _page(room: Room, notice: Row[Any], token: str, *, done: bool) -> HTMLResponse:
    rollout = room.rollouts[notice.rollout]
    language = room.pages.language(PAGE, rollout, notice.language or rollout.file.languages[0])
    return HTMLResponse(room.pages.render(
        "visit_unsubscribe.html", page=PAGE, language=language, say=Say(room.pages.words(PAGE, language)["unsubscribe"], {}),
        utility=rollout.in_language(rollout.file.utility.name, language), path=f"/u/{token}", channel=notice.channel, done=done))
