"""The commands for staff, as a coordinator uses them, and the alert in the report."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from doorstep.cli import app
from doorstep.errors import UsageError
from doorstep.kpis import measured_in, seen
from doorstep.report.attention import concerns
from tests.making import at
from tests.staff.office import ADA, BEN, HEAD, Office


@pytest.fixture
def run(office: Office, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.setenv("DOORSTEP_HOME", str(office.home))
    monkeypatch.setenv("DOORSTEP_DATABASE_URL", str(office.store.engine.url))
    monkeypatch.setenv("DOORSTEP_TEMPLATES", str(office.words))
    monkeypatch.chdir(office.home)
    return Run()


class Run:
    """Runs a command; its output and exit code. A fault of ours is raised, as `doorstep` catches it."""

    def __call__(self, *words: str) -> tuple[int, str]:
        said = CliRunner().invoke(app, list(words))
        if isinstance(said.exception, UsageError):
            raise said.exception
        return said.exit_code, said.output


def test_from_the_lists_to_a_certificate(office: Office, run: Run) -> None:
    Path("staff.csv").write_text("\n".join((HEAD, ADA, BEN, "x,,installer,,,,,")), "utf-8")
    Path("shifts.csv").write_text("day,number\n2027-03-09,101\n2027-03-09,555\n", "utf-8")
    night = ("--now", "2027-03-08T03:00")
    code, said = run("staff", "northwick", "--file", "staff.csv", "--shifts", "shifts.csv", "--csv", "out.csv", *night)
    assert code == 1 and "2 new, 0 changed, 0 as before, 0 have left, 1 rows refused" in said
    assert "staff.csv: line 4: name is empty" in said and "2 shifts taken" in said
    assert "tomorrow: badge 101 passed no quiz" in said and "badge 555 a number that is on no staff list" in said
    assert "installer      0 of 1 certified" in said
    assert '"101","Ada Quill","installer"' in Path("out.csv").read_text("utf-8-sig")

    quiz = office.scripts.of("installer", "en").quiz
    code, said = run("quiz", "northwick", "101", *night)
    assert code == 0 and said.count("?\n") >= len(quiz) - 1 and quiz[-1].ask in " ".join(said.split())
    right = ",".join(str(question.right) for question in quiz)
    assert "badge 101: 100%, passed" in run("quiz", "northwick", "101", "--answers", right, *night)[1]
    assert "installer      1 of 1 certified" in run("staff", "northwick", *night)[1]
    with pytest.raises(UsageError, match="write it like 1,3,2"):
        run("quiz", "northwick", "101", "--answers", "a,b", *night)


def test_a_wrong_answer_is_explained(office: Office, run: Run) -> None:
    office.take(ADA)
    quiz = office.scripts.of("installer", "en").quiz
    answers = ",".join(str(question.right % len(question.choices) + 1) for question in quiz)
    said = " ".join(run("quiz", "northwick", "101", "--answers", answers)[1].split())
    assert all(question.why in said for question in quiz) and "0%, not passed (the pass mark is 80%)" in said


def test_the_days_page_is_printed_or_written_and_the_due_briefings_go_out(office: Office, run: Run) -> None:
    office.take(ADA)
    office.world.visit("2027-03-09", area="North", wave="W01")
    code, said = run("briefing", "northwick", "--now", "2027-02-23T03:00")
    assert code == 0 and "Today, Tuesday 23 February 2027" in said and "due 1 sent 1" in " ".join(said.split())
    assert "due 0" in run("briefing", "northwick", "--now", "2027-02-23T04:00", "--out", "page.md")[1]
    assert "Today, Tuesday" in Path("page.md").read_text("utf-8") and list(office.files()) == ["1.eml"]


def test_an_uncertified_installer_on_tomorrows_list_is_an_alert_in_the_report_by_badge_and_not_by_name(office: Office) -> None:
    office.take(ADA, BEN)
    office.shifts("2027-03-09;101;;", "2027-03-09;102;;", "2027-03-09;777;;")
    office.passes("102")
    with seen(office.store, office.rollout, at("2027-03-08 02:00", office.rollout)) as sight:
        found = [each for each in concerns(sight, measured_in(sight)) if each.title.startswith("People on tomorrow")]
    (alert,) = found
    assert (alert.count, alert.urgent, dict(alert.parts)) == (
        2, True, {"passed no quiz": 1, "a number that is on no staff list": 1})
    assert "badges 101, 777." in alert.todo and "Ada" not in str(alert)
