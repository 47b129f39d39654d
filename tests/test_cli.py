"""The command as a script uses it: JSON on stdout, one clear sentence on stderr, exit codes 0, 1 and 2."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doorstep.cli import main
from doorstep.settings import CHECKOUT
from tests.making import database

HEAD = ("WO_NUM,PREMISE,ACCT,CUSTOMER,EMAIL,MOBILE,LANG,ADDR1,TOWN,POSTCODE,WAVE,FUEL,OLD_SERIAL,INSTALL_DATE,SLOT,STATUS,PSR,"
        "LIFE_SUPPORT,TENURE,SECTOR,LAT,LON,OUTCOME,OUTCOME_AT,UPDATED\n")
ROW = ("NW{n},P{n},A{n},{name},p{n}@example.com,07400 12345{n},en,{n} Mill Road,Northwick,NW1 0ZZ,W01,ELEC,E{n},"
       "{day},AM,PLANNED,N,N,OCCUPIER,DOM,0,0,,,2027-02-07T02:00:00Z\n")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("DOORSTEP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOORSTEP_DATABASE_URL", database(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorstep", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    rows = [ROW.format(n=n, name=f"Ms Person {n}", day="09/03/2027") for n in range(3)]
    (tmp_path / "feed.csv").write_text(HEAD + "".join(rows) + ROW.format(n=3, name="=cmd()", day="soon"), "utf-8")
    return tmp_path / "feed.csv"


def test_from_nothing_by_a_feed_to_a_story(run: Run, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOORSTEP_DATABASE_URL")           # the first command makes the database under the home
    code, out, _ = run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00", "--json")
    pulled = json.loads(out)
    assert (code, pulled["rows"], pulled["taken"], pulled["refused"]) == (0, 4, 3, {"date_unreadable": 1})
    code, out, _ = run("send", "northwick", "--now", "2027-02-07T09:30", "--json")
    sent = json.loads(out)
    assert code == 0 and sent["due"] == sum(number for word, number in sent.items() if word != "due") and sent["sent"] >= 6
    code, out, _ = run("explain", "northwick", "NW1")
    assert code == 0 and "formal-notice" in out and "Tuesday 9 March 2027" in out
    code, out, _ = run("due", "northwick", "--now", "2027-02-07T10:00", "--days", "30", "--json")
    assert code == 0 and {row["notice"] for row in json.loads(out)["days"]} >= {"reminder"}


def test_refused_rows_are_written_out_mended_and_pulled_again(run: Run, feed: Path, tmp_path: Path) -> None:
    run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00")
    assert run("refused", "northwick", "--csv", "r.csv")[0] == 0
    text = (tmp_path / "r.csv").read_text("utf-8")
    assert "'=cmd()" in text and "date_unreadable" in text            # no formula for a spreadsheet
    (tmp_path / "r.csv").write_text(text.replace("soon", "10/03/2027"), "utf-8")
    _, out, _ = run("pull", "northwick", "--file", "r.csv", "--now", "2027-02-07T07:00", "--json")
    assert json.loads(out)["taken"] == 1 and json.loads(out)["held"] is None
    assert run("refused", "northwick")[1] == ""
    assert "2027-03-10" in run("explain", "northwick", "NW3")[1]


def test_the_list_of_who_gets_what_holds_no_name_and_no_address(run: Run, feed: Path, tmp_path: Path) -> None:
    run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00")
    run("due", "northwick", "--now", "2027-02-07T06:30", "--days", "20", "--csv", "due.csv")
    text = (tmp_path / "due.csv").read_text("utf-8")
    assert "NW1" in text and "Person" not in text and "@" not in text


def test_a_held_feed_is_said_and_stops_no_script(run: Run, feed: Path, tmp_path: Path) -> None:
    run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00")
    (tmp_path / "empty.csv").write_text(HEAD, "utf-8")
    code, out, err = run("pull", "northwick", "--file", "empty.csv", "--now", "2027-02-08T06:00", "--json")
    assert code == 0 and json.loads(out)["held"] == "empty" and "held whole" in err


@pytest.mark.parametrize(("words", "code", "said"), [
    (("pull", "nowhere"), 2, '"nowhere" is not a rollout'),
    (("pull", "northwick", "--now", "yesterday"), 2, '"yesterday" is not a moment'),
    (("pull", "northwick", "--file", "gone.csv"), 2, "gone.csv"),
    (("explain", "northwick", "X1"), 2, '"X1" is no work order'),
    (("preview", "remindr"), 2, "remindr"),
    (("pull",), 2, "Missing argument"),
    (("fly",), 2, "No such command"),
])
def test_what_cannot_be_done_is_one_clear_sentence(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    found, _, err = run(*words)
    assert found == code and said in err and "Traceback" not in err


def test_every_command_has_help(run: Run) -> None:
    _, out, _ = run("--help")
    for name in ("demo", "up", "check", "pull", "refused", "due", "send", "nightly", "explain", "preview", "report"):
        assert name in out
        assert run(name, "--help")[0] == 0


def test_check_finds_no_fault_in_what_we_ship(run: Run) -> None:
    code, out, _ = run("check")
    assert code == 0 and "All is well: kampala, northwick, riyadh" in out


def test_check_lists_every_fault_at_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    shutil.copytree(CHECKOUT / "config", tmp_path / "config")
    monkeypatch.setenv("DOORSTEP_CONFIG", str(tmp_path / "config"))
    path = tmp_path / "config" / "rollouts" / "kampala.toml"
    path.write_text(path.read_text("utf-8").replace('zone = "Africa/Kampala"', 'zone = "Kampala"', 1), "utf-8")
    plan = tmp_path / "config" / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace('when = "15 days before', 'when = "15 dyas before', 1), "utf-8")
    code, _, err = run("check")
    assert code == 1 and '"Kampala" is not a time zone' in err and '"15 dyas before at 09:00" is not a moment' in err


@pytest.mark.parametrize(("channel", "suffix", "starts"), [
    ("email", ".html", b"<!DOCTYPE"), ("email", ".txt", b""), ("post", ".pdf", b"%PDF"), ("sms", ".txt", b"Northwick"),
])
def test_a_notice_can_be_looked_at_as_the_customer_sees_it(
        run: Run, tmp_path: Path, channel: str, suffix: str, starts: bytes) -> None:
    code, _, err = run("preview", "reminder", "--language", "en", "--channel", channel, "--rollout", "northwick",
                       "--out", f"p{suffix}")
    assert code == 0, err
    assert (tmp_path / f"p{suffix}").read_bytes()[:9].lower().startswith(starts.lower()[:9])


def test_an_emergency_stop_holds_everything_until_resume(run: Run, feed: Path) -> None:
    run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00")
    code, out, _ = run("stop", "northwick", "--reason", "wrong tariff in the words", "--by", "Pat")
    assert code == 0 and "stop 1 is in force for northwick: everything" in out
    _, out, _ = run("send", "northwick", "--now", "2027-02-07T09:30", "--json")
    assert json.loads(out)["due"] == 0
    assert "1 stops ended" in run("resume", "northwick", "--by", "Pat")[1]
    _, out, _ = run("send", "northwick", "--now", "2027-02-07T09:35", "--json")
    assert json.loads(out)["sent"] >= 6


def test_a_stop_of_what_is_not_in_the_plan_names_what_is(run: Run) -> None:
    code, _, said = run("stop", "northwick", "--reason", "x", "--notice", "reminders")
    assert code == 2 and '--notice: "reminders" is not in the plan' in said and "reminder," in said


def test_the_call_list_is_written_and_an_outcome_file_with_a_wrong_line_names_it(run: Run, feed: Path, tmp_path: Path) -> None:
    run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00")
    assert "0 calls to make" in run("calls", "northwick", "--out", "list.csv", "--now", "2027-02-07T09:30")[1]
    head = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()[0]
    cells = ["x"] * (head.count(",") + 1)
    cells[[name.strip('"') for name in head.split(",")].index("outcome")] = "shrugged"
    (tmp_path / "list.csv").write_text(head + "\n" + ",".join(cells) + "\n", "utf-8")
    code, _, said = run("calls", "northwick", "--outcomes", "list.csv", "--now", "2027-02-07T15:00")
    assert code == 1 and "list.csv: row 2" in said


def test_the_board_is_written_for_each_language_with_words(run: Run, feed: Path, tmp_path: Path) -> None:
    run("pull", "northwick", "--file", str(feed), "--now", "2027-02-07T06:00")
    code, _, _ = run("board", "northwick", "--out", str(tmp_path / "board"), "--now", "2027-02-07T09:30")
    assert code == 0 and (tmp_path / "board" / "en" / "board.json").is_file()
