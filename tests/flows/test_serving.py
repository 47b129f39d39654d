"""One command starts the real thing: server, deployments, schedules; and one signal ends all of it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.errors import UsageError
from flows.serve import serve_all
from tests.flows.feeds import ROLLOUT

SECONDS = 90       # a first start builds Prefect's database; then the scheduler looks every few seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(url: str, **question: Any) -> Any:
    try:
        return httpx.post(url, json=question, timeout=5).raise_for_status().json()
    except httpx.HTTPError:
        return []


def scheduled(api: str) -> set[str]:
    """The deployments whose next runs the server has made by itself."""
    runs = asked(f"{api}/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
    names = {each["id"]: each["name"] for each in asked(f"{api}/deployments/filter")}
    return {names.get(run["deployment_id"], "") for run in runs if run["auto_scheduled"]}


@pytest.mark.flows
def test_one_command_serves_everything_schedules_it_and_ends_at_a_signal(home: Path) -> None:
    port, pages = free_port(), free_port()
    around = {**os.environ, "PREFECT_HOME": str(home / "prefect"), "PREFECT_API_URL": ""}
    serving = f"from flows.serve import serve_all; serve_all(port={port}, web_port={pages})"
    run = subprocess.Popen([sys.executable, "-c", serving], env=around,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + SECONDS
        found: set[str] = set()
        while not {"nightly", f"send-{ROLLOUT}"} <= found and run.poll() is None and time.monotonic() < end:
            time.sleep(0.5)
            found = scheduled(f"http://127.0.0.1:{port}/api")
        assert {"nightly", f"send-{ROLLOUT}"} <= found
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
