"""A small HTTP server for stand-ins: threaded, keeps connections open, fails as it is told, and is fast enough for benches.

A stand-in is a `Stub` whose `answer(seen)` checks a request and replies. What goes wrong is chosen by the number of the
request (the first is 1), and `with SendGridStub(faults=lambda number: "500" if number == 1 else None) as stub:` serves it:

    "slow"                    the answer comes after `pause` seconds
    "429" "500" "403" ...     an error of this status, as the provider words it; the request was not taken
    "502_html" "500_empty"    the same with a page of HTML, or nothing, for a body
    "reset"                   closed before the body is read: not taken, and not among `requests`
    "accept_then_hang"        taken, then no answer until the client gives up
    "accept_then_reset"       taken, then closed without an answer
    "accept_then_500" ...     taken, then answered with an error all the same
"""

import argparse
import hashlib
import json
import signal
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, BinaryIO, NamedTuple, Self, cast

Faults = Callable[[int], str | None]
_RESET = struct.pack("ii", 1, 0)          # linger for no time: close() sends RST instead of FIN


class Headers(dict[str, str]):
    """A request's headers; asked for in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Seen(NamedTuple):
    """A request as it came; `path` with its query."""

    method: str
    path: str
    headers: Headers
    body: bytes


class Reply(NamedTuple):
    """What to answer."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Stub:
    """A server on a port of loopback, from `with` or `start()` until `stop()`."""

    def __init__(self, *, faults: Faults | None = None, record: bool = True, pause: float = 0.3, port: int = 0) -> None:
        self.faults: Faults = faults or (lambda number: None)
        self.record = record                      # off for benches: requests are counted, not kept
        self.pause = pause
        self.requests: list[Seen] = []
        self.count = 0                            # requests begun, with those that were reset
        self.connections = 0
        self.largest = 0                          # bytes of the largest body
        self.broken: list[Exception] = []         # faults of the stub's own; the end of `with` raises the first
        self.lock = threading.Lock()              # for subclasses too
        self._port = port
        self._open: set[socket.socket] = set()
        self._closing = threading.Event()
        self._listening: socket.socket | None = None

    # What a stand-in says

    def answer(self, seen: Seen) -> Reply:
        """Check and take a request."""
        return Reply()

    def fail(self, fault: str, seen: Seen) -> Reply:
        """The reply of a fault that begins with a status."""
        status, _, form = fault.partition("_")
        if form == "html":
            return Reply(int(status), {"Content-Type": "text/html"}, b"<html><body><h1>Bad Gateway</h1></body></html>")
        if form == "empty":
            return Reply(int(status))
        if status.startswith("3"):
            return Reply(int(status), {"Location": f"{self.url}/elsewhere"})
        return Reply(int(status), {"Content-Type": "application/json"}, b'{"error":"told to fail"}')

    def about(self) -> dict[str, Any]:
        """What `GET /_counts` says, to other processes; never a fault, never recorded."""
        return {"requests": self.count, "connections": self.connections}

    def about_refs(self, counts: Counter[str]) -> dict[str, Any]:
        """The same of a stand-in that counts how often it took each of our references."""
        with self.lock:
            taken = Counter(counts)
        digest = hashlib.sha256("\n".join(sorted(taken)).encode()).hexdigest()
        return {**Stub.about(self), "messages": taken.total(), "distinct": len(taken), "digest": digest, "refs": taken}

    # Serving

    @property
    def url(self) -> str:
        assert self._listening, "the stub is not started"
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def start(self) -> Self:
        self._closing.clear()
        self._listening = socket.create_server(("127.0.0.1", self._port), backlog=128)
        self._port = self._listening.getsockname()[1]       # the same one if it is started again
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Nobody is answered any more; open connections are cut."""
        self._closing.set()
        if self._listening:
            with suppress(OSError):                         # stopped before
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connections that stand open, as servers do with idle ones; new ones are welcome."""
        with self.lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: object, *_: object) -> None:
        self.stop()
        if self.broken and kind is None:
            raise self.broken[0]

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with cast(BinaryIO, connection.makefile("rb", buffering=1 << 18)) as stream:
                while self._one(connection, stream):
                    pass
        except OSError:
            pass                                  # the client went away
        except Exception as error:
            self.broken.append(error)
        finally:
            with self.lock:
                self._open.discard(connection)
            connection.close()

    def _one(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """Read and answer one request; whether another may follow."""
        words = stream.readline().decode("latin-1").split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/"):      # the end, or a TLS hello with two spaces in it
            return False
        method, path, _ = words
        own = path.startswith("/_")
        fault = None if own else self._next_fault()
        if fault == "reset":
            return self._reset(connection)
        headers = _headers(stream)
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen = Seen(method, path, headers, _body(stream, headers))
        self.largest = max(self.largest, len(seen.body))
        if own:
            reply = Reply(200, {"Content-Type": "application/json"}, json.dumps(self.about()).encode())
        else:
            if self.record:
                with self.lock:
                    self.requests.append(seen)
            made = self._reply(connection, seen, fault)
            if made is None:
                return False
            reply = made
        connection.sendall(_head(reply, method) + reply.body)
        return bool(headers.get("connection", "").lower() != "close")

    def _next_fault(self) -> str | None:
        with self.lock:
            self.count += 1
            number = self.count
        return self.faults(number)

    def _reply(self, connection: socket.socket, seen: Seen, fault: str | None) -> Reply | None:
        """The reply, or None where the connection ends without one."""
        if fault is None:
            return self.answer(seen)
        if fault == "slow":
            self._closing.wait(self.pause)
            return self.answer(seen)
        after = fault.removeprefix("accept_then_")
        if after != fault:
            self.answer(seen)
        if after == "hang":
            connection.recv(1)                    # ends when the client does
            return None
        if after == "reset":
            self._reset(connection)
            return None
        return self.fail(after, seen)

    def _reset(self, connection: socket.socket) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)      # takes effect when `_talk` closes it
        return False


def _headers(stream: BinaryIO) -> Headers:
    found = Headers()
    while (line := stream.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _body(stream: BinaryIO, headers: Headers) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return _exactly(stream, int(headers.get("content-length", 0)))
    pieces = []
    while size := int(stream.readline().partition(b";")[0], 16):
        pieces.append(_exactly(stream, size))
        stream.readline()
    _headers(stream)                              # trailers
    return b"".join(pieces)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    body = stream.read(size)
    if len(body) < size:
        raise ConnectionError("the request was cut short")
    return body


def _head(reply: Reply, method: str) -> bytes:
    phrase = HTTPStatus(reply.status).phrase if reply.status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in reply.headers.items())]
    if reply.status != 204:
        lines.append(f"Content-Length: {len(reply.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def serve(stub_of: Callable[..., Stub], description: str | None = None) -> None:
    """`python -m tests.stubs.<name> PORT [--count-only]`: a stand-in in a process of its own, until it is told to end."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("port", type=int)
    parser.add_argument("--count-only", action="store_true", help="count messages, keep none of them")
    given = parser.parse_args()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)          # before any thread is there, so that only sigwait sees them
    with stub_of(port=given.port, record=not given.count_only):
        signal.sigwait(ends)
