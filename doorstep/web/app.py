"""The web application: hooks, the customer's page, public pages, the desk, and whether all is well."""

from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.requests import Request

from doorstep.errors import Transient
from doorstep.web import desk, hooks, public, unsubscribe, visit
from doorstep.web.guard import Guard
from doorstep.web.room import Here, Room

ROUTERS = (hooks.router, visit.router, unsubscribe.router, public.router, desk.router)


def make_app(room: Room) -> FastAPI:
    """The application of one room."""
    app = FastAPI(title="Doorstep", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.room = room
    app.add_middleware(Guard)
    app.add_exception_handler(Transient, _busy)
    app.add_exception_handler(HTTPException, _refused)
    app.get("/health")(_health)
    app.get("/style.css")(_style)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _health(room: Here) -> JSONResponse:
    """Whether this process can do its work: for load balancers, without a word about anybody."""
    with room.store.read() as connection:
        connection.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok", "rollouts": sorted(room.rollouts)})


def _style(room: Here) -> FileResponse:
    """The style sheet of every page."""
    return FileResponse(room.settings.templates / "pages" / "style.css", headers={"cache-control": "public, max-age=3600"})


def _busy(_request: Request, _error: Exception) -> Response:
    """The database is away or busy: to come back later is right, and providers do."""
    return PlainTextResponse("We are busy at the moment. Please try again in a minute.\n", 503, {"retry-after": "60"})


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
