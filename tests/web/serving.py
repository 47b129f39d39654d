"""The pages on a loopback port, served as `doorstep web` serves them."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from doorstep.commands.web import server
from doorstep.settings import Settings


@contextmanager
def served(app: FastAPI, settings: Settings) -> Iterator[int]:
    """Until this ends, on the port that it yields."""
    with socket.socket(proto=socket.IPPROTO_TCP) as door:          # else asyncio lets small writes wait for each other
        door.bind(("127.0.0.1", 0))
        running = uvicorn.Server(server(app, settings))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield int(door.getsockname()[1])
        finally:
            running.should_exit = True
            thread.join(10)
