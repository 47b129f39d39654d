"""SendGrid's own library on kept connections: no redirects, no proxies, a time-out on everything, and no word in the log.

Bare, the library makes a connection and a TLS context for each request, waits for ever, follows redirects with the key in
hand, and logs both key and payload at DEBUG. Its client stays the public face; only the way to the wire is ours.
"""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from python_http_client.client import Client, Response
from python_http_client.exceptions import HTTPError, handle_error
from sendgrid import SendGridAPIClient
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError as WireError
from urllib3.exceptions import LocationParseError
from urllib3.exceptions import TimeoutError as WireTimeout
from urllib3.util import parse_url

from doorstep.channels._connecting import Unreached as Unreached  # what Wire raises
from doorstep.channels._connecting import kept_connections

KEPT = 8          # connections that stay open; more may be opened, and are closed after use


class Lost(Exception):
    """The request may have been received, but no answer was; says in a short word why."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]           # asked for in any case
    body: bytes


def is_host(url: str) -> bool:
    """Whether the library can be pointed at this address: scheme, host and port, perhaps a path."""
    try:
        parsed = parse_url(url)
    except LocationParseError:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host) and not (parsed.auth or parsed.query or parsed.fragment)


class Wire:
    """One account (or subuser) of SendGrid. A client of its own each: the library's headers are shared by all its calls."""

    def __init__(self, key: str, *, host: str, subuser: str | None, timeout: float) -> None:
        self.client = SendGridAPIClient(key, host=host, impersonate_subuser=subuser)
        # The first limit holds while the body is sent, too: it must be no shorter than the second.
        pool = kept_connections(KEPT, Timeout(connect=timeout, read=timeout), no_more=False)
        self.client.client = PooledClient(pool, host=host, request_headers=self.client._default_headers, version=3)
        self._send = self.client.client.mail.send

    def post(self, mail: bytes) -> Answer:
        """Hand over a mail as JSON. Raises Unreached or Lost."""
        try:
            answer = self._send.post(request_body=mail)
        except HTTPError as error:
            answer = error                      # an answer all the same, with the same three things
        except WireTimeout as error:
            raise Lost("timeout") from error
        except WireError as error:
            raise Lost("reset") from error
        return Answer(answer.status_code, answer.headers, answer.body)


class PooledClient(Client):  # type: ignore[misc]  # its base has no types
    """The library's client with a pool for a transport."""

    def __init__(self, pool: PoolManager, **given: Any) -> None:
        super().__init__(**given)
        self.pool = pool

    def post(self, request_body: Any = None, timeout: float | None = None, **_: Any) -> Response:
        """As the library's, without its json.dumps (ten times slower) and its debug lines (they hold payload and key)."""
        body = request_body if isinstance(request_body, bytes) else orjson.dumps(request_body)
        headers = {**self.request_headers, "Content-Type": "application/json"}
        return Response(self._exchange("POST", self._build_url(None), headers, body, timeout))

    def _build_client(self, name: str | None = None) -> "PooledClient":
        path = [*self._url_path, name] if name else self._url_path
        return PooledClient(self.pool, host=self.host, version=self._version, request_headers=self.request_headers,
                            url_path=path, append_slash=self.append_slash, timeout=self.timeout)

    def _make_request(self, opener: Any, request: Any, timeout: float | None = None) -> "_Opened":
        """The library's other verbs come by here."""
        return self._exchange(request.get_method(), request.full_url, dict(request.header_items()), request.data, timeout)

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None,
                  timeout: float | None) -> "_Opened":
        limits: dict[str, Any] = {"timeout": Timeout(timeout)} if timeout else {}
        response = self.pool.request(method, url, body=body, headers=headers, redirect=False, **limits)
        if response.status >= 300:
            raise handle_error(_Opened(response))
        return _Opened(response)


class _Opened:
    """An answer as the library expects it from urllib: what it asks of a good one, and of a bad one."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        self.code, self.reason, self.hdrs = response.status, response.reason or "", response.headers

    def getcode(self) -> int:
        return self._response.status

    def read(self) -> bytes:
        return self._response.data

    def info(self) -> Mapping[str, str]:
        return self._response.headers


def _silence() -> None:
    """A filter beside the level: whoever turns DEBUG on for everything must not find the key and the payload in the log."""
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    logging.getLogger("python_http_client.client").addFilter(lambda record: record.levelno >= logging.WARNING)


_silence()
