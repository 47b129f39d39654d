"""Who sits at the desk: the cookie, the role that a page needs, and the token that stands in every form."""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from doorstep.desk.sessions import form_token, whose
from doorstep.desk.users import User
from doorstep.rollout import Rollout
from doorstep.web.room import Here, Room

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST_FIELDS = 50
TOKEN = "token"                       # the field of a form, not a secret
_SAFE = re.compile(r"/desk/[\w./=&?%+~-]*", re.ASCII).fullmatch


class Refused(Exception):
    """Someone is told no in one sentence, as a page."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class NobodyThere(Exception):
    """Nobody is logged in; `place` is where to go on after the login."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class Seat:
    """Someone at the desk with one request in hand."""

    room: Room
    user: User
    now: int
    form: Mapping[str, str]
    secret: str = field(repr=False)
    chosen: Rollout | None = None

    @property
    def rollout(self) -> Rollout:
        """The rollout of this page. Only for pages that have one."""
        assert self.chosen is not None
        return self.chosen

    @property
    def token(self) -> str:
        """What stands in this session's forms."""
        return form_token(self.secret)

    @property
    def here(self) -> str:
        """Where this rollout's pages begin."""
        return f"/desk/{self.rollout.name}"


async def _form(request: Request) -> dict[str, str]:
    """What a form says, each field once; files are none of the desk's."""
    if request.method == "GET":
        return {}
    try:
        return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Refused(400, "This form cannot be read. Please open the page again and send it from there.") from error


Posted = Annotated[dict[str, str], Depends(_form)]


def needs(role: str) -> Callable[..., Seat]:
    """What stands before a page: someone logged in, in this role or a higher one, with our own form in hand."""

    def seat(request: Request, room: Here, form: Posted) -> Seat:
        found = at_the_desk(request, room)
        if found is None:
            raise NobodyThere(f"{request.url.path}?{request.url.query}".rstrip("?") if request.method == "GET" else "/desk/")
        user, secret, now = found
        if not user.may(role):
            raise Refused(403, f"This page is for those with the role {role}; yours is {user.role}. A manager can tell you more.")
        if request.method != "GET" and not _is_ours(form, secret):
            raise Refused(403, "This form is not of your present login. Please open the page again and send it from there.")
        return Seat(room, user, now, form, secret, _chosen(request, room))

    seat.needed_role = role           # type: ignore[attr-defined]  # for the test that every page says its role
    return seat


Viewer = Annotated[Seat, Depends(needs("viewer"))]
Agent = Annotated[Seat, Depends(needs("agent"))]
Boss = Annotated[Seat, Depends(needs("manager"))]


def at_the_desk(request: Request, room: Room) -> tuple[User, str, int] | None:
    """Who is logged in, the secret of the session, and the moment of this request."""
    secret, now = request.cookies.get(cookie_name(request), ""), room.now
    row = whose(room.store, secret, now=now) if secret else None
    return (User(row.id, row.name, row.role), secret, now) if row else None


def cookie_name(request: Request) -> str:
    """On this machine itself there is no TLS, and a browser would not keep a cookie that asks for it."""
    local = request.url.scheme == "http" and request.url.hostname in LOOPBACK
    return "desk" if local else "__Host-desk"


def hand_key(request: Request, answer: Response, secret: str) -> None:
    """Give the browser the session's secret. It goes when the browser is closed, and comes along from no other site."""
    name = cookie_name(request)
    answer.set_cookie(name, secret, path="/", secure=name != "desk", httponly=True, samesite="strict")


def take_key(request: Request, answer: Response) -> None:
    """Take it back."""
    name = cookie_name(request)
    answer.delete_cookie(name, path="/", secure=name != "desk", httponly=True, samesite="strict")


def way_in(place: str) -> str:
    """The address of the login that goes on to a place."""
    return f"/desk/login?{urlencode({'next': place})}" if safe_place(place) != "/desk/" else "/desk/login"


def safe_place(said: str) -> str:
    """A page of the desk to go on to; the first one for anything else, so that no link of ours leads away."""
    return said if len(said) <= 300 and _SAFE(said) and ".." not in said and "//" not in said else "/desk/"


def _is_ours(form: Mapping[str, str], secret: str) -> bool:
    return hmac.compare_digest(form.get(TOKEN, "").encode(), form_token(secret).encode())


def _chosen(request: Request, room: Room) -> Rollout | None:
    name = request.path_params.get("rollout")
    if name is None:
        return None
    if name not in room.rollouts:
        raise Refused(404, "There is no such page.")
    return room.rollouts[name]
