"""The pages: serve them, and the address of a customer's own for the call centre."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from doorstep.commands.desk import Name, Now, open_desk, out
from doorstep.errors import ConfigError, UsageError
from doorstep.settings import Settings

if TYPE_CHECKING:              # both take half a second to load, and most commands need neither
    import uvicorn
    from fastapi import FastAPI


def web(port: Annotated[int | None, typer.Option(help="Where they listen; DOORSTEP_WEB_PORT where not said.")] = None) -> None:
    """Serve the hooks, the customers' pages, the public pages and the desk; Ctrl-C ends it."""
    import uvicorn

    from doorstep.web.app import make_app
    from doorstep.web.room import open_room

    settings = Settings()
    with suppress(KeyboardInterrupt):          # which it raises once more when it has ended in good order
        uvicorn.Server(server(make_app(open_room(settings)), settings, port)).run()


def server(app: "FastAPI", settings: Settings, port: int | None = None) -> "uvicorn.Config":
    """How the pages are served."""
    import uvicorn

    # Its own access log would hold customers' tokens. Who asks is what a proxy of ours says, and nobody else's proxy.
    return uvicorn.Config(app, host=settings.web_host, port=port or settings.web_port, access_log=False, server_header=False,
                          proxy_headers=bool(settings.web_proxies), forwarded_allow_ips=settings.web_proxies,
                          log_level="warning")


def link(name: Name, work_order: Annotated[str, typer.Argument(metavar="WORK_ORDER")], now: Now = None) -> None:
    """A customer's own page, for the call centre to give out."""
    from sqlalchemy import select
    from sqlmodel import col

    from doorstep.links import open_links, page_until
    from doorstep.model import Visit, WorkOrder

    desk = open_desk(name, now)
    links = open_links(desk.settings, strict=False)
    if links is None:
        raise ConfigError("DOORSTEP_SECRET_KEY is not set: without a key no link can be signed")
    with desk.store.read() as connection:
        visit = connection.execute(
            select(col(Visit.id), col(Visit.day)).join(WorkOrder, col(WorkOrder.visit_id) == col(Visit.id))
            .where(col(WorkOrder.rollout) == name, col(WorkOrder.number) == work_order)).first()
    if visit is None:
        raise UsageError(f'"{work_order}" is no work order of {name}')
    out.print(links.visit(visit.id, page_until(visit.day, desk.now)), soft_wrap=True, highlight=False)
