"""`make bench`: each job in a process of its own beside its limit; prints a table, `--write` puts it into the README."""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
MARKS = ("<!-- bench -->", "<!-- /bench -->")
OUR_WAY = 3          # the pair that the obvious way is held against


class Run(NamedTuple):
    """One job's figures: seconds, things done, peak memory in MB."""

    seconds: float
    number: int
    memory: float

    @property
    def rate(self) -> float:
        """Things a second."""
        return self.number / self.seconds


class Pair(NamedTuple):
    """A job of ours beside its limit."""

    title: str
    ours: Run
    limit: Run
    small: Run | None = None       # the same at a tenth of the size, for the memory

    def line(self) -> str:
        """A row of the table."""
        memory = f"{self.ours.memory:,.0f} MB" + (f" ({self.ours.memory / self.small.memory:.2f} times a tenth's)"
                                                  if self.small else "")
        return (f"| {self.title} | {self.ours.seconds:.1f} s | {self.ours.rate:,.0f}/s | {self.limit.rate:,.0f}/s | "
                f"{self.ours.rate / self.limit.rate:.2f} | {memory} |")


def measured(job: str, count: int) -> Run:
    """Run `module.function` in a fresh process and folder."""
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as folder:
        done = subprocess.run([sys.executable, "-m", "bench", "--job", job, "--count", str(count), "--folder", folder],
                              check=True, capture_output=True, text=True, cwd=ROOT,
                              env=os.environ | {"DOORSTEP_HOME": folder, "PREFECT_LOGGING_LEVEL": "ERROR"})
    seconds, number, memory = done.stdout.split()[-3:]
    return Run(float(seconds), int(number), float(memory))


def run_job(job: str, count: int, folder: Path) -> str:
    """In the fresh process: the job's seconds, count and peak memory."""
    from importlib import import_module

    module, function = job.split(".")
    seconds, number = getattr(import_module(f"bench.{module}"), function)(folder, count)
    return f"{seconds} {number} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}"


def table(million: int, thousands: int, obvious: int, say: Console) -> list[str]:
    """Every pair, measured one after the other."""
    pairs, fifth = [], max(thousands // 5, 2000)
    for title, ours, limit, count, tenth in (
            (f"pull of {million:,} CSV rows", "ours.pull", "limits.pull", million, True),
            ("nightly pull, 1 % changed", "ours.nightly", "limits.pull", million, True),
            (f"planning one notice for {million:,} visits", "ours.plan", "limits.plan", million, True),
            (f"handing over {thousands:,} emails", "ours.send", "limits.send", thousands, True),
            (f"{thousands:,} emails to SendGrid's stand-in", "providers.sendgrid", "bare.sendgrid", thousands, True),
            (f"{fifth:,} emails to the stand-in of SES, in bulk", "providers.ses", "bare.ses", fifth, False),
            (f"{fifth:,} text messages to the stand-in of AWS", "providers.texts", "bare.texts", fifth, False),
            (f"{fifth // 4:,} letters in batches of 500", "providers.letters", "bare.letters", fifth // 4, False),
            (f"{fifth * 2:,} emails from PostgreSQL: 4 senders, the limit is 1", "workers.four", "workers.one", fifth * 2,
             False),
            (f"{thousands:,} emails by 3 senders, runs on a Prefect process pool with 2 workers; the limit is 1", "pool.three",
             "workers.one", thousands, False),
            (f"{thousands:,} signed events at SendGrid's hook: verified and kept", "hooks.take", "hooks.bare", thousands, True),
            (f"{thousands:,} signed events at the hook, and worked on in the same process", "hooks.both", "hooks.bare", thousands,
             True),
            ("1,000 customers' pages out of 100,000 visits, to the first byte", "pages.customers", "pages.bare", 1000, False)):
        say.print(f"{title} ...", highlight=False)
        pair = Pair(title, measured(ours, count), measured(limit, count), measured(ours, count // 10) if tenth else None)
        pairs.append(pair)
        say.print(pair.line(), highlight=False, markup=False)
    plain = measured("obvious.send", obvious)
    head = ["| job | time | ours | limit | ours / limit | peak memory |", "|---|---|---|---|---|---|"]
    lines = head + [pair.line() for pair in pairs]
    times = pairs[OUR_WAY].ours.rate / plain.rate
    return [*lines, "", f"The obvious way, one Prefect task and one render for each customer: {plain.rate:,.0f} a second over "
                        f"{plain.number:,} customers. Ours: {times:,.0f} times that."]


def main() -> None:
    """Read the options, measure, print."""
    options = argparse.ArgumentParser(prog="bench", description=__doc__)
    options.add_argument("--job")
    options.add_argument("--count", type=int)
    options.add_argument("--folder", type=Path)
    options.add_argument("--scale", type=float, default=1.0, help="1 is a million rows")
    options.add_argument("--write", action="store_true", help="put the table into README.md")
    said = options.parse_args()
    say = Console()
    if said.job:
        say.file.write(run_job(said.job, said.count, said.folder) + "\n")
        return
    lines = table(int(1_000_000 * said.scale), int(100_000 * said.scale), max(int(1000 * said.scale), 100), say)
    text = "\n".join([f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, SQLite.", "", *lines])
    say.print(text, highlight=False, markup=False, soft_wrap=True)
    if said.write:
        readme = ROOT / "README.md"
        readme.write_text(re.sub(f"{MARKS[0]}.*{MARKS[1]}", lambda _: f"{MARKS[0]}\n{text}\n{MARKS[1]}",
                                 readme.read_text("utf-8"), flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
