"""One file at a web address, fetched when it has changed; never from a private address, never by way of a redirect."""

import hashlib
import json
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import httpcore
from pydantic import Field, field_validator

from doorstep.errors import Permanent, Transient
from doorstep.schedule.sources import Arrival, SourceShape, read_mark
from doorstep.schedule.sources._dialling import CheckedCalls, Deadline

RETRYABLE = {408, 425, 429, 500, 502, 503, 504}
OWN_HEADERS = {"host", "accept-encoding", "content-length", "connection", "transfer-encoding", "if-none-match",
               "if-modified-since"}
AWAY = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


class Source(SourceShape):
    """`headers` names, for each header, the environment variable that holds its value."""

    kind: Literal["http"]
    url: str
    headers: dict[str, str] = Field(default={})
    max_bytes: int = Field(default=2_000_000_000, ge=1)
    timeout: float = Field(default=600, gt=0)
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and " " not in url
        if not plain or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not a web address; write one like https://schedules.example.com/today.csv")
        if parts.username or parts.password:
            raise ValueError("a name or password does not belong here; use feed.source.headers")
        try:
            parts.port  # noqa: B018  (reading it checks it)
        except ValueError as error:
            raise ValueError("its port is not a number up to 65535") from error
        return url

    @field_validator("headers")
    @classmethod
    def _are_free(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if not re.fullmatch(r"[A-Za-z0-9-]+", name) or name.lower() in OWN_HEADERS:
                raise ValueError(f'"{name}" is not a header that can be set; write one like "Authorization"')
        return headers

    def faults(self) -> list[str]:
        """Environment variables that are not set, or could not be sent."""
        unset = [f"headers.{name}: the environment variable {variable} is not set"
                 for name, variable in self.headers.items() if not os.environ.get(variable)]
        return unset + [f"headers.{name}: the value of the environment variable {variable} has characters no header may have"
                        for name, variable in self.headers.items() if not os.environ.get(variable, "").isprintable()]

    def arrivals(self, *, marks: Mapping[str, str], folder: Path, base: Path) -> Iterator[Arrival]:
        """The file, unless it is the one taken before."""
        before = read_mark(marks.get(self._key(), ""))
        with self._answer(before) as answer:
            if not self._is_new(answer):
                return
            path = folder / f"http-{hashlib.sha256(self.url.encode()).hexdigest()[:12]}"
            digest = self._save(answer, path)
            etag, modified = (_header(answer, name) for name in ("etag", "last-modified"))
        if digest == before.get("sha256"):
            path.unlink()
            return
        mark = json.dumps({"etag": etag, "modified": modified, "sha256": digest})
        yield Arrival(self._name(), path, self._key(), mark)

    @contextmanager
    def _answer(self, before: Mapping[str, str]) -> Iterator[httpcore.Response]:
        calls = CheckedCalls(Deadline(self.timeout), allow_private=self.allow_private)
        try:
            with (httpcore.ConnectionPool(network_backend=calls) as pool,
                  pool.stream("GET", self.url, headers=list(self._headers(before).items())) as answer):
                yield answer
        except AWAY as error:
            if error.args and isinstance(error.args[0], ssl.SSLCertVerificationError):
                said = f"{self._key()}: its certificate is not trusted ({error.args[0].verify_message})"
                raise Permanent(said) from error
            raise Transient(f"{self._key()}: the connection broke ({type(error).__name__})") from error
        except Transient as error:
            raise Transient(f"{self._key()}: {error}") from error
        except Permanent as error:
            raise Permanent(f"{self._key()}: {error}") from error

    def _headers(self, before: Mapping[str, str]) -> dict[str, str]:
        # As it lies on the server: a packed file stays packed, and the caps on unpacking hold.
        headers = {"Accept-Encoding": "identity", "User-Agent": "Doorstep"}
        headers |= {name: os.environ[variable] for name, variable in self.headers.items()}
        if before.get("etag"):
            return headers | {"If-None-Match": before["etag"]}
        return headers | {"If-Modified-Since": before["modified"]} if before.get("modified") else headers

    def _is_new(self, answer: httpcore.Response) -> bool:
        status = answer.status
        if status in RETRYABLE:
            raise Transient(f"the server is busy or broken (HTTP {status})")
        if status != 304 and 300 <= status < 400:
            raise Permanent(f"the server points to another address (HTTP {status}), which is not followed; write that "
                            f"address in feed.source.url if it is right: {_header(answer, 'location')[:200]}")
        if status not in (200, 304):
            raise Permanent(f"the server refuses (HTTP {status}); check feed.source.url and feed.source.headers")
        return status == 200

    def _save(self, answer: httpcore.Response, path: Path) -> str:
        """Stream the body into a file; its digest."""
        length = _header(answer, "content-length")
        taken = int(length) if length.isdecimal() else 0
        digest = hashlib.sha256()
        total = 0
        with path.open("wb") as file:
            for piece in answer.iter_stream():
                total += len(piece)
                if max(total, taken) > self.max_bytes:
                    raise Permanent(f"the file is larger than {self.max_bytes:,} bytes (feed.source.max_bytes)")
                digest.update(piece)
                file.write(piece)
        return digest.hexdigest()

    def _key(self) -> str:
        """The address without what may be secret in it."""
        parts = urlsplit(self.url)
        query = f"?{hashlib.sha256(parts.query.encode()).hexdigest()[:12]}" if parts.query else ""
        return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"

    def _name(self) -> str:
        last = unquote(urlsplit(self.url).path).rpartition("/")[2]
        return re.sub(r"[^\w.-]", "_", last).lstrip(".") or "schedule"


def _header(answer: httpcore.Response, name: str) -> str:
    return next((value.decode("latin-1") for key, value in answer.headers if key.lower() == name.encode()), "")
