"""The house rule: imports run one way, words and numbers hold no code, and no file grows beyond reading."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for room in ("flows", "tasks", "doorstep") for path in (ROOT / room).rglob("*.py"))
BESIDE = sorted(path for room in ("tests", "bench") for path in (ROOT / room).rglob("*.py"))
LONGEST = 300
DECIDERS = ("rollout", "timing", "posting", "plan", "facts", "words", "states", "replies", "kpis", "maturity")
DOERS = ("store", "schedule", "delivery", "channels", "inbox", "web", "planning", "amazon")
PROVIDERS = ("sendgrid", "boto3", "botocore", "fastapi", "httpx", "urllib3", "smtplib")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def names(path: Path, *packages: str) -> set[str]:
    return {name for name in imports(path) if any(name == each or name.startswith(each + ".") for each in packages)}


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_from_flows_to_tasks_to_the_core(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    if room == "doorstep" and path.name != "cli.py":
        assert not names(path, "prefect", "flows", "tasks")
    if room == "tasks":
        assert not names(path, "flows")


@pytest.mark.parametrize("path", [p for p in SOURCES if p.relative_to(ROOT).with_suffix("").parts[:1] == ("doorstep",)
                                  and p.relative_to(ROOT).with_suffix("").parts[1] in DECIDERS],
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_deciders_reach_for_no_doer_no_provider_and_no_clock(path: Path) -> None:
    assert not names(path, *(f"doorstep.{doer}" for doer in DOERS), *PROVIDERS)
    text = path.read_text("utf-8")
    assert not any(clock in text for clock in ("datetime.now(", "time.time(", "date.today(", "utcnow("))


def test_words_and_numbers_hold_no_code() -> None:
    assert not [path for room in ("templates", "config") for path in (ROOT / room).rglob("*.py")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_file_passes_300_lines(path: Path) -> None:
    assert lines(path) <= LONGEST


def test_no_file_of_tests_or_benches_passes_300_lines() -> None:
    assert [f"{path.relative_to(ROOT)}: {lines(path)}" for path in BESIDE if lines(path) > LONGEST] == []


def test_tests_that_share_a_server_share_a_worker(request: pytest.FixtureRequest) -> None:
    """A new pytest once made the runner forget its groups without a word, and every server was started twice."""
    if request.config.getoption("loadgroup", default=False):
        grouped = [item.nodeid for item in request.session.items if any(item.iter_markers("xdist_group"))]
        assert all("@" in name for name in grouped), grouped[:3]
