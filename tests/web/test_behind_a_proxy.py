"""Behind a proxy of ours everybody has a pace of their own; nobody else's word about who they are counts."""

from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from doorstep.commands.web import server
from doorstep.settings import Settings
from doorstep.web.app import make_app
from doorstep.web.pace import client_of
from doorstep.web.room import Room
from tests.making import make_rollout, make_store
from tests.web.calling import call_all

PROXY, CUSTOMER, STRANGER = "10.1.2.3", "81.2.69.142", "203.0.113.9"


def served(folder: Path, proxies: str) -> FastAPI:
    """The application as `doorstep web` serves it, with an address that says who asked."""
    settings = Settings(home=folder, secret_key="k", web_proxies=proxies)
    app = make_app(Room(settings, make_store(folder), {"northwick": make_rollout()}, lambda: 0))

    @app.get("/who")
    def who(request: Request) -> dict[str, str | None]:
        return {"client": client_of(request), "scheme": request.url.scheme}

    config = server(app, settings)
    config.load()
    found: FastAPI = config.loaded_app
    return found


@pytest.mark.parametrize(("proxies", "caller", "client", "scheme"), [
    (PROXY, PROXY, CUSTOMER, "https"), ("10.0.0.0/8,127.0.0.1", PROXY, CUSTOMER, "https"),
    (PROXY, STRANGER, None, "http"),                 # a documentation address: never one of a customer's
    (PROXY, "8.8.8.8", "8.8.8.8", "http"), ("", PROXY, None, "http"), ("", "127.0.0.1", None, "http")])
def test_only_a_proxy_of_ours_says_who_asks(tmp_path: Path, proxies: str, caller: str, client: str | None, scheme: str) -> None:
    app = served(tmp_path, proxies)
    said = {"x-forwarded-for": CUSTOMER, "x-forwarded-proto": "https"}
    [answer] = call_all(app, [("GET", "/who", said, b"")], client=caller)
    assert answer.text == f'{{"client":{f"{client!r}".replace(chr(39), chr(34)) if client else "null"},"scheme":"{scheme}"}}'
