"""Calls the application as a web server does, without one: any path and header, also those that a client would not send."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


async def _call(app: FastAPI, method: str, path: str, headers: dict[str, str], body: bytes, client: str) -> Answer:
    place, _, query = path.partition("?")
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
             "path": unquote(place), "raw_path": place.encode(), "query_string": query.encode(), "root_path": "",
             "server": ("localhost", 80), "client": (client, 4711), "state": {},
             "headers": [(b"host", b"localhost"), *((name.encode(), value.encode("latin-1", "replace"))
                                                    for name, value in headers.items())]}
    parts = [body[start:start + 65536] for start in range(0, len(body), 65536)] or [b""]
    answer = Answer()

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


def call_all(app: FastAPI, requests: Iterable[tuple[str, str, dict[str, str], bytes]], *,
             client: str = "203.0.113.9") -> list[Answer]:
    """One after the other, from one client's address."""
    async def each() -> list[Answer]:
        return [await _call(app, *request, client) for request in requests]

    return asyncio.run(each())
