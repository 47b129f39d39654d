"""The README tells the truth of today: its commands, options, keys and places are there."""

import re
import sys
from pathlib import Path

import pytest

from doorstep.cli import main
from doorstep.rollout.shape import FeedShape, RolloutFile
from doorstep.settings import CHECKOUT

README = (CHECKOUT / "README.md").read_text("utf-8")
COMMANDS = sorted(set(re.findall(r"`doorstep ([a-z]+)([^`]*)`", README)))


@pytest.mark.parametrize(("name", "rest"), COMMANDS, ids=lambda word: word.strip()[:30])
def test_each_command_of_the_readme_takes_the_options_it_names(
        name: str, rest: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["doorstep", name, "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().out
    assert not end.value.code
    for option in re.findall(r"--[a-z-]+", rest):
        assert option in said


def test_each_make_target_of_the_readme_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", README)) <= targets


def test_each_key_of_a_rollout_file_is_explained_and_no_other() -> None:
    table = README.split("| key of a rollout file |")[1].split("\n\n")[0]
    named = set(re.findall(r"`([a-z_]+)(?:\.[^`]*)?`", table))
    keys = {(field.alias or name) for name, field in RolloutFile.model_fields.items()} - {"plan", "kpis"}
    assert keys <= named
    told = set(re.findall(r"`feed\.([a-z_]+)`", table))
    assert told <= set(FeedShape.model_fields)
    assert set(FeedShape.model_fields) <= told


def test_each_place_that_the_readme_names_is_there() -> None:
    for place in re.findall(r"`((?:doorstep|config|tests|tasks|templates)/[a-z_./]*)`", README):
        assert (CHECKOUT / place.rstrip("/")).exists(), place
    for picture in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (CHECKOUT / picture).exists() and (CHECKOUT / picture).stat().st_size < 400_000, picture


def test_the_standard_plan_holds_every_notice_of_the_field() -> None:
    plan = (CHECKOUT / "config" / "plan.toml").read_text("utf-8")
    wanted = [f"B-{n:02d}" for n in range(14)] + [f"D-{n:02d}" for n in range(1, 10)] + [f"A-{n:02d}" for n in range(1, 11)]
    assert not [number for number in wanted if f'id = "{number}"' not in plan]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_notice_of_the_plan_has_words(language: str) -> None:
    plan = (CHECKOUT / "config" / "plan.toml").read_text("utf-8")
    missing = [name for name in re.findall(r'^notice = "(.+)"', plan, re.MULTILINE)
               if not list(Path(CHECKOUT / "templates").glob(f"*/{name}/{language}.md"))]
    assert not missing
