"""What the programs say of their own types is true: mypy, strict. A test, so that it takes its place beside the others."""

import subprocess
import sys

from doorstep.settings import CHECKOUT


def test_every_type_is_what_it_is_said_to_be() -> None:
    run = subprocess.run([sys.executable, "-m", "mypy"], cwd=CHECKOUT, text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
