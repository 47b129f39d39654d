"""Configuration: every mistake is named with file, key, value and what would be right, all at once."""

import shutil
from pathlib import Path

import pytest

from doorstep.errors import ConfigError, UsageError
from doorstep.rollout import load_rollout, rollout_names
from doorstep.settings import CHECKOUT

GOOD = """
title = "Test"
country = "GB"
zone = "Europe/London"
languages = ["en"]
installer = "Meterfit"
[utility]
name = "Test Energy"
short_name = "Test"
phone = "0800 1"
website = "test.example"
address = "1 Mill Road"
email = "meters@test.example"
[feed]
source = { kind = "folder", path = "feeds" }
[feed.columns]
work_order = "A"
premise = "B"
account = "C"
day = "D"
status = "E"
stamp = "F"
[feed.status]
PLANNED = "planned"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "rollouts").mkdir()
    for name in ("plan.toml", "kpis.toml"):
        shutil.copy(CHECKOUT / "config" / name, tmp_path / name)
    (tmp_path / "rollouts" / "test.toml").write_text(GOOD, "utf-8")
    return tmp_path


def faults(config: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load_rollout(config, "test")
    return error.value.faults


def test_a_good_file_is_read(config: Path) -> None:
    rollout = load_rollout(config, "test")
    assert rollout.row("reminder").when.text == "15 days before at 09:00"
    assert rollout_names(config) == ["test"]


@pytest.mark.parametrize(("old", "new", "said"), [
    ('zone = "Europe/London"', 'zone = "Europe/Londn"', 'test.toml: zone: "Europe/Londn" is not a time zone'),
    ('country = "GB"', 'country = "Britain"', "test.toml: country: 'Britain' is wrong"),
    ('title = "Test"', 'titel = "Test"', "test.toml: titel: not a known key"),
    ('title = "Test"', "", "test.toml: title: missing"),
    ('day = "D"', "", 'columns.day is missing: name the feed\'s column for "day"'),
    ('day = "D"', 'day = "D"\ncolour = "X"', '"colour" is not a field; the fields are work_order'),
    ('PLANNED = "planned"', 'PLANNED = "plannd"', "feed.status.PLANNED: 'plannd' is wrong"),
    ('languages = ["en"]', "languages = []", "languages: [] is wrong"),
    ("[feed]", '[quiet]\nfrom = "9pm"\n[feed]', 'quiet.from: "9pm" is not a time of day; write it like "08:00"'),
    ("[feed]", '[plan.remindr]\nwhen = "1 day before"\n[feed]', "plan.remindr: not a notice of"),
    ("[feed]", '[plan.reminder]\nwhen = "1 dya before"\n[feed]', 'plan.reminder.when: "1 dya before" is not a moment; write'),
    ("[feed]", "[kpis.Z9]\ntarget = 1\n[feed]", "kpis.Z9: not a KPI of"),
    ("[feed]\n", "[feed]\nhold_share = 3\n", "feed.hold_share: 3 is wrong"),
])
def test_a_mistake_in_a_rollout_file_names_its_key_and_what_would_be_right(config: Path, old: str, new: str, said: str) -> None:
    path = config / "rollouts" / "test.toml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert any(said in fault for fault in faults(config)), faults(config)


@pytest.mark.parametrize(("old", "new", "said"), [
    ('when = "15 days before at 09:00"', 'when = "15 day befor"', '.when: "15 day befor" is not a moment'),
    ('purpose = "duty"', 'purpose = "dutty"', '.purpose: "dutty" should be one of duty, programme, marketing'),
    ('to = "landlords"', 'to = "landlord"', '.to: "landlord" is not an audience of this file; they are all'),
    ('channels = ["email", "sms", "post", "voice"]', 'channels = ["fax"]', '.channels: "fax" is not a channel'),
    ('notice = "reminder"', 'notice = "day-before"', 'notice "day-before" stands twice'),
    ("life_support = true }", "life_suport = true }", 'audiences.needs: "life_suport" is not known'),
])
def test_a_mistake_in_the_plan_names_the_row(config: Path, old: str, new: str, said: str) -> None:
    path = config / "plan.toml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert any("plan.toml: " in fault and said in fault for fault in faults(config)), faults(config)


def test_all_mistakes_are_told_at_once(config: Path) -> None:
    path = config / "rollouts" / "test.toml"
    text = path.read_text("utf-8").replace('title = "Test"', "").replace('zone = "Europe/London"', 'zone = "Mars"')
    path.write_text(text + '[plan.reminder]\nwhen = "soon"\n', "utf-8")
    assert len(faults(config)) >= 2


def test_a_file_that_is_not_toml_or_not_utf8_is_named(config: Path) -> None:
    path = config / "rollouts" / "test.toml"
    path.write_text("title = ", "utf-8")
    assert "test.toml: not TOML" in faults(config)[0]
    path.write_bytes("title = 'é'".encode("latin-1"))
    assert "test.toml: not UTF-8 at byte 9" in faults(config)[0]


def test_an_unknown_rollout_lists_those_there_are(config: Path) -> None:
    with pytest.raises(UsageError, match=r'"tets" is not a rollout.*are: test'):
        load_rollout(config, "tets")


def test_a_rollout_may_change_a_row_or_leave_it_out(config: Path) -> None:
    path = config / "rollouts" / "test.toml"
    path.write_text(path.read_text("utf-8") + '[plan.reminder]\nwhen = "14 days before at 10:00"\n'
                    "[plan.how-did-it-go]\noff = true\n", "utf-8")
    rollout = load_rollout(config, "test")
    assert rollout.row("reminder").when.text == "14 days before at 10:00"
    assert "how-did-it-go" not in [row.notice for row in rollout.plan]
