"""One command starts the real thing: server, deployments, schedules; and one signal ends all of it."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from doorstep.errors import UsageError
from flows.serve import serve_all
from tests.flows.feeds import ROLLOUT

QUESTIONS = (("flow_runs", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}), ("deployments", {}))
SECONDS = 180       # a first start builds Prefect's database; then the scheduler looks every few seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def healthy(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.HTTPError:
        return False


def scheduled(client: httpx.Client) -> set[str]:
    """The deployments whose next runs the server has made by itself."""
    try:
        asked = {what: client.post(f"/{what}/filter", json=question).raise_for_status().json() for what, question in QUESTIONS}
    except httpx.HTTPError:
        return set()
    names = {each["id"]: each["name"] for each in asked["deployments"]}
    return {names.get(run["deployment_id"], "") for run in asked["flow_runs"] if run["auto_scheduled"]}


def keep(database: Path, copy: Path) -> None:
    """What Prefect's server built before anything was served, for the next server of this session."""
    if not copy.exists():
        with closing(sqlite3.connect(database)) as built, closing(sqlite3.connect(copy)) as kept:
            built.backup(kept)


@pytest.mark.flows
def test_one_command_serves_everything_schedules_it_and_ends_at_a_signal(home: Path, prefects_database: Path) -> None:
    port, pages = free_port(), free_port()
    around = {**os.environ, "PREFECT_HOME": str(home / "prefect"), "PREFECT_API_URL": ""}
    serving = f"from flows.serve import serve_all; serve_all(port={port}, web_port={pages})"
    run = subprocess.Popen([sys.executable, "-c", serving], env=around,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wanted, found = {"nightly", f"send-{ROLLOUT}"}, set[str]()
    end = time.monotonic() + SECONDS
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=5) as client:
            while not healthy(client) and run.poll() is None and time.monotonic() < end:
                time.sleep(0.3)
            keep(home / "prefect" / "prefect.db", prefects_database)
            while not wanted <= found and run.poll() is None and time.monotonic() < end:
                time.sleep(1)
                found = scheduled(client)
        assert wanted <= found
        assert httpx.get(f"http://127.0.0.1:{pages}/health", timeout=5).json()["status"] == "ok"
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 0
    for address in (f"{port}/api/health", f"{pages}/health"):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{address}")


def test_a_port_in_use_is_said_at_once(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(UsageError, match=f"127.0.0.1:{port} is in use, perhaps by another `doorstep up`"):
            serve_all(port=port)
