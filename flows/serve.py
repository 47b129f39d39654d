"""Everything on one machine by one command: Prefect's server and UI, every deployment served, and our own pages.

Three children and nobody else: Ctrl-C or SIGTERM ends them all, and if one of them ends the others must not look alive.
This process never imports Prefect, which reads its address once, at its first import.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import httpx

from doorstep.errors import DoorstepError, UsageError
from doorstep.settings import Settings

HOST = "127.0.0.1"
PORT = 4200
START_SECONDS = 180          # a first start builds Prefect's own database
STOP_SECONDS = 20


def serve_all(*, host: str = HOST, port: int = PORT, web_port: int | None = None) -> None:
    """Start the server, wait until it answers, serve every deployment and the pages; until Ctrl-C or SIGTERM."""
    settings = Settings()
    pages = web_port or settings.web_port
    _need_free(host, port, "--port")
    _need_free(settings.web_host, pages, "--web-port")
    around = _surroundings(host, port)
    for number in (signal.SIGINT, signal.SIGTERM):      # a shell's background job would ignore SIGINT, and so would ours
        signal.signal(number, _stop)
    server = ["prefect", "server", "start", "--host", host, "--port", str(port)]
    with suppress(KeyboardInterrupt), _child(server, around, quiet=True) as serving:
        _wait_until_healthy(serving, f"http://{host}:{port}/api/health")
        with _child(["flows.runner"], around) as running, _child(["doorstep", "web", "--port", str(pages)], around) as showing:
            _wait_for_any({"Prefect's server": serving, "Prefect's runner": running, "the web application": showing})


def _need_free(host: str, port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(f"{host}:{port} is in use, perhaps by another `doorstep up`; "
                             f"name another port with {option}") from error


def _surroundings(host: str, port: int) -> dict[str, str]:
    """The environment of both children: where the server is, and Prefect's own files beside ours."""
    home = Path(os.environ.get("PREFECT_HOME") or Settings().home.absolute() / "prefect")
    home.mkdir(parents=True, exist_ok=True)
    return {**os.environ, "PREFECT_API_URL": f"http://{host}:{port}/api", "PREFECT_HOME": str(home)}


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _child(module: Sequence[str], around: Mapping[str, str], *, quiet: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module as a child, in a session of its own: Ctrl-C reaches it through us, the runner before the server."""
    child = subprocess.Popen([sys.executable, "-m", *module], env=around, start_new_session=True,
                             stdout=subprocess.DEVNULL if quiet else None)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:              # one: each makes a TLS context, which takes longer than to ask
        while time.monotonic() < end:
            if server.poll() is not None:
                raise DoorstepError(f"Prefect's server did not start (code {server.returncode}); see the lines above")
            with suppress(httpx.TransportError):
                if client.get(url).is_success:
                    return
            time.sleep(0.3)
    raise DoorstepError(f"Prefect's server did not answer at {url} within {START_SECONDS} s")


def _wait_for_any(children: Mapping[str, subprocess.Popen[bytes]]) -> NoReturn:
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                raise DoorstepError(f"{name} ended with code {child.returncode}, so that a part of the work was no longer done")
        time.sleep(0.5)


if __name__ == "__main__":
    serve_all()
