"""What stands before every page and hook: no body larger than its address may take, safe headers, no stack trace."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEGABYTE = 1024 * 1024
# By the start of the path, the longest first; what a customer or the desk sends is a small form.
LARGEST = {"/hooks/sendgrid/inbound": 31 * MEGABYTE, "/hooks/": 5 * MEGABYTE, "/desk/": 2 * MEGABYTE, "/": 64 * 1024}
# Other sites may not make a customer's browser post here; providers' own machines and RFC 8058's one click may.
FROM_ANYWHERE = ("/hooks/", "/u/")
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
                               "frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",           # a customer's address is the key to the page
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
log = logging.getLogger(__name__)


class Guard:
    """An ASGI app around the app."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        door = _Door(scope, receive, send)
        if refusal := door.refusal():
            await door.answer(*refusal)
            return
        try:
            await self._app(scope, door.receive, door.send)
        except _TooLarge:
            await door.answer(413, "This is more than this address takes.")
        except Exception as error:
            # The path may hold a customer's token, and the error a customer's words: neither goes into the log.
            log.error("a page failed: %s", type(error).__name__)
            await door.answer(500, "Something went wrong on our side. Nothing was changed. Please try again later.")


class _TooLarge(Exception):
    """More came than may."""


class _Door:
    """One request on its way in and its answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._path = str(scope["path"])
        self._most = next(most for start, most in LARGEST.items() if self._path.startswith(start))
        self._came, self._answered = 0, False

    def refusal(self) -> tuple[int, str] | None:
        """Why this request goes no further, if it does not."""
        said = self._headers.get("content-length", "0")
        if not said.isdecimal() or len(said) > 12:
            return 400, "The length of this request is not a number."
        if int(said) > self._most:
            return 413, "This is more than this address takes."
        if self._scope["method"] not in ("GET", "HEAD", "OPTIONS") and self._from_elsewhere():
            return 403, "This form was not sent from our own page. Please open the page again and send it from there."
        return None

    def _from_elsewhere(self) -> bool:
        if self._path.startswith(FROM_ANYWHERE):
            return False
        if self._headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = self._headers.get("origin")
        # "null" is what a page without a referrer says of itself; the browser's Sec-Fetch-Site above is what counts then.
        return origin not in (None, "null") and urlsplit(origin).netloc != self._headers.get("host")

    async def receive(self) -> Message:
        """The next part of the body, counted: not every sender says the length."""
        message = await self._receive()
        self._came += len(message.get("body", b""))
        if self._came > self._most:
            raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        """The answer with our headers; a page may say otherwise."""
        if message["type"] == "http.response.start":
            self._answered = True
            headers = list(message.get("headers", ()))
            known = {name.lower() for name, _ in headers}
            message["headers"] = headers + [(name.encode(), value.encode()) for name, value in HEADERS.items()
                                            if name.encode() not in known]
        await self._send(message)

    async def answer(self, status: int, sentence: str) -> None:
        """One plain sentence instead of a page."""
        if self._answered:
            return          # the beginning is out: all that can be done is to break off
        body = (sentence + "\n").encode()
        await self.send({"type": "http.response.start", "status": status, "headers": [
            (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})
