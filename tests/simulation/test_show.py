"""What a person sees at the end of a demo."""

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from doorstep.kpis import KpiValue
from doorstep.rollout import rollout_names
from doorstep.settings import Settings
from doorstep.simulation.run import DemoResult
from doorstep.simulation.show import show_demo, show_result

SENT = {"due": 9, "sent": 8, "held": 0, "void": 1, "missed": 0, "failed": 0, "unknown": 0}


def shown(visits: int, kept: int) -> str:
    """The end of a demo as plain text, on a narrow terminal."""
    kpis = [KpiValue("B1", "before", "Told before the visit [all]", 99.96, 2499, 2500, 100.0, "near", "%", "up"),
            KpiValue("X4", "after", "Cost of messages", 2.5, 500.5, 200, None, "watch", "money", "down")]
    page = io.StringIO()
    result = DemoResult(visits, SENT, kpis, Path("/somewhere/report.html"), Path("/somewhere/outbox"), kept, "GBP")
    show_result(Console(file=page, width=80), result)
    return page.getvalue()


def test_each_phase_has_its_kpis_with_value_target_and_verdict() -> None:
    page = shown(300, 300)
    assert page.index("before the visit") < page.index("99.96%") < page.index("after the visit") < page.index("GBP 2.5")
    for said in ("Told before the visit", "[all]", " 100%", "close", "2,499 / 2,500"):
        assert said in page


def test_it_says_where_everything_lies() -> None:
    page = shown(300, 300)
    assert "report: /somewhere/report.html" in page and "Every message is a file in /somewhere/outbox" in page
    assert "due 9  sent 8" in page


def test_a_large_demo_says_plainly_whose_messages_were_not_kept() -> None:
    assert "first 500 households are files" in shown(5000, 500) and "other 4500 were rendered and counted, but not kept" \
        in " ".join(shown(5000, 500).split())


@pytest.mark.parametrize("name", rollout_names(Settings().config))
def test_every_rollout_can_be_played_and_its_json_is_alone_on_stdout(
        name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_demo(Settings(), visits=6, days=1, seed=1, out=tmp_path / "demo", rollout_name=name, as_json=True)
    said = orjson.loads(capsys.readouterr().out)
    assert said["visits"] == 6 and said["notices"]["due"] > 0
