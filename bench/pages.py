"""Customers' own pages over a real socket: how long until the first byte, beside a server that only says hello."""

import http.client
import time
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from bench.making import make_visits, northwick
from doorstep.links import page_until
from doorstep.settings import Settings
from doorstep.store import Store
from doorstep.web.app import make_app
from doorstep.web.room import Room
from tests.web.serving import served

VISITS = 100_000
WARM = 20                  # pages before the clock runs: the first ones read the layouts and words


def customers(folder: Path, pages: int) -> tuple[float, int]:
    """Each request another customer's page, out of a hundred thousand visits."""
    make_visits(folder / "d.db", VISITS)
    store = Store(f"sqlite:///{folder / 'd.db'}")
    with store.read() as connection:
        day = connection.exec_driver_sql("SELECT min(day) FROM visit").scalar_one()
    now = page_until(day, 0) - 90 * 86400
    settings = Settings(home=folder, secret_key="a key for the bench", public_url="http://localhost")
    room = Room(settings, store, {"northwick": northwick()}, clock=lambda: now)
    assert room.links is not None
    step = VISITS // (pages + WARM)
    paths = [room.links.visit(1 + number * step, now + 86400).removeprefix("http://localhost") for number in range(pages + WARM)]
    with served(make_app(room), settings) as port:
        return _first_bytes(port, paths), pages


def bare(folder: Path, pages: int) -> tuple[float, int]:
    """The limit: the same server and framework, answering with a page of the same size that is always the same."""
    app = FastAPI(openapi_url=None)
    app.get("/{_path:path}")(lambda _path: HTMLResponse("x" * 8000))
    with served(app, Settings(home=folder)) as port:
        return _first_bytes(port, ["/v/x"] * (pages + WARM)), pages


def _first_bytes(port: int, paths: list[str]) -> float:
    """Seconds from each request to the first byte of its answer, in all; one after the other, on one connection."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    spent = []
    for path in paths:
        began = time.perf_counter()
        line.request("GET", path)
        answer = line.getresponse()
        answer.read(1)
        spent.append(time.perf_counter() - began)
        assert answer.status == 200, (answer.status, answer.read()[:200])
        answer.read()
    line.close()
    return sum(spent[WARM:])
