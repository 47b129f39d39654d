"""`doorstep user`: the password comes from a prompt or standard input, and never stands in a command."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from doorstep.cli import main
from doorstep.desk.users import recognise
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from tests.making import database

Run = Callable[..., tuple[int, str, str]]
PASSWORD = "four words make one"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("DOORSTEP_HOME", str(tmp_path))
    monkeypatch.setenv("DOORSTEP_DATABASE_URL", database(tmp_path))
    return open_store(Settings())


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str, said: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorstep", "user", *words])
        monkeypatch.setattr(sys, "stdin", StringIO(said))
        with pytest.raises(SystemExit) as end:
            main()
        came = capsys.readouterr()
        return int(end.value.code or 0), came.out, came.err

    return run


def test_a_user_is_added_listed_given_a_password_and_ended(run: Run, store: Store) -> None:
    assert run("add", "ada.okello", "--role", "agent", said=PASSWORD + "\n") == (0, "ada.okello may log in as agent\n", "")
    found = recognise(store, name="ada.okello", password=PASSWORD, now=1)
    assert found and found.role == "agent"
    assert json.loads(run("list", "--json")[1]) == [{"name": "ada.okello", "role": "agent", "ended": False}]
    assert run("password", "ada.okello", said="another four words")[0] == 0
    assert recognise(store, name="ada.okello", password=PASSWORD, now=1) is None
    assert run("end", "ada.okello")[0] == 0
    assert recognise(store, name="ada.okello", password="another four words", now=1) is None
    assert "(ended)" in run("list")[1]


@pytest.mark.parametrize(("words", "said", "sentence"), [
    (("add", "ada", "--role", "boss"), PASSWORD, '--role: "boss" is not a role; those are viewer, agent, manager'),
    (("add", "ada", "--role", "agent"), "short", "it needs at least 12"),
    (("add", "ada", "--role", "agent"), "", "no password came on standard input"),
    (("end", "ada"), "", 'there is no user "ada"; those who may log in are: none'),
    (("password", "ada"), PASSWORD, 'there is no user "ada"')])
def test_a_mistake_is_one_sentence_and_changes_nothing(
        run: Run, words: tuple[str, ...], said: str, sentence: str) -> None:
    code, out, error = run(*words, said=said)
    assert (code, out) == (2, "") and sentence in error and PASSWORD not in error
    assert run("list")[1] == ""


def test_a_password_is_no_option_of_a_command(run: Run) -> None:
    assert run("add", "ada", "--role", "agent", "--password", PASSWORD)[0] == 2
    assert "--password" not in run("add", "--help")[1]
