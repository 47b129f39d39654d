"""Our web application as tests use it: its addresses, its layouts and its words are read once, the rest is each test's own."""

import atexit
import copy
from contextlib import ExitStack
from functools import cache
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.datastructures import State

from doorstep.desk.passwords import Hasher
from doorstep.settings import CHECKOUT
from doorstep.web.app import make_app
from doorstep.web.desk.entrance import the_hasher
from doorstep.web.room import Room
from doorstep.web.words import Pages
from doorstep.words import Library

TEMPLATES = CHECKOUT / "templates"


def application(room: Room, hasher: Hasher | None = None) -> FastAPI:
    """The application of one room: what it keeps in its state is its own. With `hasher`, passwords are weighed by that."""
    if room.settings.templates == TEMPLATES:
        vars(room).update(pages=_pages(), library=_library())      # where the room would keep what it read itself
    own = copy.copy(_routed(room, hasher))
    own.state = State({"room": room})
    return own


def browser(app: FastAPI, **options: Any) -> TestClient:
    """Someone who asks an application for pages."""
    client = TestClient(app, **options)
    client.portal = _loop()
    return client


_ROUTED: dict[Hasher | None, FastAPI] = {}


def _routed(room: Room, hasher: Hasher | None) -> FastAPI:
    """The application that all are copies of: FastAPI works out its addresses when the first request comes."""
    if hasher not in _ROUTED:
        app = _ROUTED[hasher] = make_app(room)
        if hasher is not None:
            app.dependency_overrides[the_hasher] = lambda: hasher
        app.middleware_stack = app.build_middleware_stack()
    return _ROUTED[hasher]


@cache
def _pages() -> Pages:
    return Pages(TEMPLATES)


@cache
def _library() -> Library:
    return Library.load(TEMPLATES)


@cache
def _loop() -> BlockingPortal:
    """The loop in which all requests run: a client would start a new one, and a thread, for each."""
    running = ExitStack()
    atexit.register(running.close)
    return running.enter_context(start_blocking_portal())
