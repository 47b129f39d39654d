"""SendGrid's stand-in in a process of its own, that checks every request and counts every message."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import httpx

from tests.stubs.sendgrid import SendGridStub

PAUSE = 0.004                  # seconds until each answer, so that a call can be cut while it is under way


class Counting(SendGridStub):
    """Takes its time over every request, and keeps nothing but our references."""

    def __init__(self) -> None:
        super().__init__(record=False, check=True, faults=lambda _: "slow", pause=PAUSE)

    def about(self) -> dict[str, Any]:
        """Answered when everything is taken that dead senders had still brought to the wire."""
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and thread.name.endswith("(_talk)"):
                thread.join()
        return super().about()


def serve(pipe: Connection, theirs: Connection) -> None:
    """Until the other end of the pipe is closed, however that comes about."""
    theirs.close()                                # ours too, by the fork
    with Counting() as stub:
        pipe.send(stub.url)
        with suppress(EOFError):
            while pipe.recv():
                with stub.lock:
                    counts = dict(stub.counts)
                pipe.send(counts)


class Provider:
    """The stand-in, as other processes see it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def taken(self) -> Counter[str]:
        """How often each of our references was taken so far."""
        self._pipe.send(True)
        return Counter(self._pipe.recv())

    def taken_in_all(self) -> Counter[str]:
        """The same when no sender is there any more: what lies on the wire is waited for."""
        httpx.get(f"{self.url}/_counts", trust_env=False).raise_for_status()
        return self.taken()


@contextmanager
def counting() -> Iterator[Provider]:
    """A stand-in that has just started."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, ours))
    process.start()
    theirs.close()
    try:
        yield Provider(ours)
    finally:
        ours.close()
        process.join()
