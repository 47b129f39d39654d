"""Stand-ins of providers in a process of their own, so that what they cost is not ours."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx


@contextmanager
def standing_in(provider: str) -> Iterator[str]:
    """The provider's stand-in, counting only; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([sys.executable, "-m", f"tests.stubs.{provider}", str(port), "--count-only"])
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        yield url
    finally:
        child.terminate()
        child.wait(10)


def counted(url: str) -> int:
    """How many different messages came."""
    return int(httpx.get(f"{url}/_counts", trust_env=False).json()["distinct"])


def _wait(url: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            httpx.get(f"{url}/_counts", trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"the stand-in at {url} did not start")
