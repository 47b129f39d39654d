"""Nights that went wrong: killed, killed again, and without a schedule; what was begun is finished and nobody is told twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from prefect.settings import PREFECT_API_URL

from doorstep.errors import DoorstepError
from doorstep.settings import CHECKOUT
from flows.nightly import nightly
from tests.flows.feeds import at_home, messages, put, rows, told
from tests.flows.test_night import COUNT, NORTHWICK, WHEN, artifact

pytestmark = pytest.mark.flows

# Two nights in processes of their own: one dies between two tasks, the other while messages go out.
KILLED_TWICE = """
import os, signal, sys, time
from datetime import datetime
from pathlib import Path
from flows.nightly import nightly
from tasks.planning import plan_notices
from tests.flows.feeds import messages

def die(task, run, state):
    os.kill(os.getpid(), signal.SIGKILL)

def night(at_a_boundary):
    if child := os.fork():
        return child
    if at_a_boundary:
        plan_notices.on_completion(die)
    nightly("northwick", datetime.fromisoformat(sys.argv[1]))
    os._exit(0)

def end_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

home = Path(os.environ["DOORSTEP_HOME"])
first = end_of(night(True))
print(first, len(messages(home)), flush=True)
second, deadline = night(False), time.monotonic() + 120
while not messages(home) and time.monotonic() < deadline:
    time.sleep(0.005)
os.kill(second, signal.SIGKILL)
print(end_of(second), len(messages(home)))
"""


class Troubled(NamedTuple):
    """What two killed nights left, and what the third one did, which found no schedule."""

    ends: list[str]                # of each killed night its exit code, and how many messages were out by then
    broken_off: list[str]
    finished: list[str]
    fault: str
    page: str


@pytest.fixture(scope="module")
def troubled(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """Three nights on one home, each with a trouble of its own."""
    home = tmp_path_factory.mktemp("troubled")
    with at_home(home):
        put(home, "1", rows(COUNT))
        run = subprocess.run([sys.executable, "-c", KILLED_TWICE, WHEN.isoformat()], cwd=CHECKOUT, stdout=subprocess.PIPE,
                             env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())}, text=True, check=True,
                             stderr=subprocess.DEVNULL)
        broken_off = messages(home)
        (home / "feeds").rename(home / "unmounted")
        with pytest.raises(DoorstepError) as raised:
            nightly(NORTHWICK, WHEN + timedelta(hours=1))
        ends = [line for line in run.stdout.splitlines() if line.startswith(f"{-signal.SIGKILL} ")]
        yield Troubled(ends, broken_off, messages(home), str(raised.value), artifact("night-northwick"))


def test_a_night_that_was_killed_is_finished_by_the_next_and_tells_nobody_twice(troubled: Troubled, home: Path) -> None:
    between_tasks, while_sending = troubled.ends
    assert between_tasks == f"{-signal.SIGKILL} 0"
    assert while_sending == f"{-signal.SIGKILL} {len(troubled.broken_off)}"
    assert set() < set(troubled.broken_off) < set(troubled.finished)
    put(home, "1", rows(COUNT))
    told(WHEN)
    assert troubled.finished == messages(home)


def test_a_step_that_fails_stops_neither_the_night_nor_its_own_words(troubled: Troubled) -> None:
    assert troubled.fault.startswith("1 of 5 steps failed. pull: ") and "is the share mounted?" in troubled.fault
    assert len(troubled.finished) > COUNT
    assert "is the share mounted?" in troubled.page
