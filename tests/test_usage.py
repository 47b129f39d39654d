"""What customers used since their meter was fitted: taken from files, shown on their own page."""

from pathlib import Path

import pytest

from doorstep.errors import FeedError
from doorstep.model import Usage, WorkOrder
from doorstep.rollout.talk_shape import UsageRules
from doorstep.usage import UsageReport, read_usage, usage_faults
from tests.making import make_rollout
from tests.web.own_page import Home

HEAD = "work_order,from,to,amount,unit\n"
WEEK = HEAD + "NW0000001,2027-03-10,2027-03-16,54.25,kWh\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Fitted on 9 March, looked at a week later."""
    home = Home(tmp_path, status="completed", outcome_at=1_804_600_000)
    home.now += 16 * 86400
    return home


def take(home: Home, text: str) -> UsageReport:
    file = home.room.settings.home / "usage.csv"
    file.write_text(text, "utf-8")
    return read_usage(home.world.store, home.rollout, home.room.settings, now=home.now, file=file)[0]


def test_the_customers_page_shows_the_newest_period_of_each_meter(home: Home) -> None:
    before = home.get().text
    assert "you will see it here when the meter has begun to report" in before and "What you have used" not in before
    home.world.put(WorkOrder, rollout="northwick", number="NWG", visit_id=home.visit, stamp=0, digest="", commodity="gas",
                   customer_id=1, status="completed", day="2027-03-09", feed_id=1)
    assert take(home, WEEK + "NWG,2027-03-10,2027-03-16,1204,m3\n") == UsageReport("usage.csv", 2, 2)
    page = home.get().text
    assert "you will see it here" not in page
    for said in ("Electricity meter", "54.25 kWh", "Gas meter", "1,204 m³", "Wednesday 10 March 2027", "Tuesday 16 March 2027"):
        assert f"<bdi>{said}</bdi>" in page, said
    take(home, HEAD + "NW0000001,2027-03-17,2027-03-23,0,kWh\n")
    assert "<bdi>0 kWh</bdi>" in home.get().text and "54.25" not in home.get().text


def test_a_file_again_and_an_older_period_change_nothing(home: Home) -> None:
    assert [take(home, WEEK).news, take(home, WEEK).news] == [1, 0]
    assert take(home, HEAD + "NW0000001,2027-03-03,2027-03-09,1,kWh\n").news == 0
    [row] = home.rows(Usage)
    assert (row.first_day, row.thousandths, row.unit, row.at) == ("2027-03-10", 54250, "kWh", home.now)
    assert take(home, WEEK.replace("54.25", "55")).news == 1            # corrected


@pytest.mark.parametrize(("line", "said"), [
    ("NW9,2027-03-10,2027-03-16,1,kWh", '"NW9" is no work order of northwick'),
    (",2027-03-10,2027-03-16,1,kWh", '"" is no work order of northwick'),
    ("NW0000001,soon,2027-03-16,1,kWh", "the period cannot be read; write its first and last day like 2027-03-09"),
    ("NW0000001,2027-03-16,2027-03-10,1,kWh", "the period ends on 2027-03-10, before it begins on 2027-03-16"),
    ("NW0000001,2027-03-10,2027-03-16,-1,kWh", 'the amount "-1" is no number from 0; write it like 54.2'),
    ("NW0000001,2027-03-10,2027-03-16,NaN,kWh", 'the amount "NaN" is no number from 0; write it like 54.2'),
    ("NW0000001,2027-03-10,2027-03-16,,kWh", 'the amount "" is no number from 0; write it like 54.2'),
    ("NW0000001,2027-03-10,2027-03-16,1,therms", 'the unit "therms" is not known; write kWh or m3')])
def test_a_line_that_cannot_be_taken_is_named_and_the_others_are_taken(home: Home, line: str, said: str) -> None:
    report = take(home, HEAD + line + "\n" + WEEK.splitlines()[1] + "\n")
    assert report.faults == [f"usage.csv: line 2: {said}"] and report.news == 1


def test_a_file_without_its_columns_is_none_of_usage(home: Home) -> None:
    with pytest.raises(FeedError, match='the column "amount" is missing; a file of usage has work_order, from, to, amount, unit'):
        take(home, "work_order,from,to,unit\nNW0000001,2027-03-10,2027-03-16,kWh\n")


def test_each_file_of_the_rollouts_source_is_taken_once_and_a_bad_source_is_named(home: Home, tmp_path: Path) -> None:
    drops = tmp_path / "readings"
    drops.mkdir()
    (drops / "w10.csv").write_text(WEEK, "utf-8")
    rollout = make_rollout(usage={"source": {"kind": "folder", "path": str(drops), "pattern": "*.csv"}})
    reports = [read_usage(home.world.store, rollout, home.room.settings, now=home.now) for _ in range(2)]
    assert reports == [[UsageReport("w10.csv", 1, 1)], []] and usage_faults(rollout) == []
    wrong = make_rollout(usage={"source": {"kind": "pigeon"}})
    assert ["usage.source" in fault for fault in usage_faults(wrong)] == [True]
    assert UsageRules().source == {}


def test_of_two_lines_about_one_period_the_later_counts_and_again_it_is_no_news(home: Home) -> None:
    twice = HEAD + "NW0000001,2027-03-10,2027-03-16,90,kWh\nNW0000001,2027-03-10,2027-03-16,54.2,kWh\n"
    assert [take(home, twice).news, take(home, twice).news] == [1, 0]
    assert home.rows(Usage)[0].thousandths == 54200
