"""Staff and shift lists: a bad row is named and the rest are taken, and a full list says who has left."""

import pytest

from doorstep.errors import UsageError
from tests.staff.office import ADA, BEN, CY, Office


@pytest.mark.parametrize(("row", "said"), [
    (",No One,installer,,,,,", "number is empty"),
    ("7,,installer,,,,,", "name is empty"),
    ("7,Nia,instaler,,,,,", '"instaler" is not a role; write installer, call_centre'),
    ("7,Nia,installer,,nia at example,,,", "email: this is no address"),
    ("7,Nia,installer,,,12,,", "phone: this is no number of GB"),
    ("7,Nia,installer,,,,klingon,", '"klingon" is not a language; write a code such as en'),
    ("101,Nia,installer,,,,,", "number 101 stands on line 2 already"),
])
def test_a_bad_row_is_named_with_line_and_reason_and_the_rest_are_taken(office: Office, row: str, said: str) -> None:
    found = office.read(ADA, row, BEN)
    assert [person.number for person in found.people] == ["101", "102"]
    assert len(found.faults) == 1 and found.faults[0].startswith("staff.csv: line 3: ") and said in found.faults[0]
    assert "nia at" not in found.faults[0]


def test_what_is_not_said_is_the_rollouts_own_and_roles_may_be_written_as_people_do(office: Office) -> None:
    (person,) = office.read("9,Nia Low,Meter-Reader,,,07400 123409,,").people
    assert (person.role, person.language, person.phone, person.firm) == ("meter_reader", "en", "+447400123409", None)


def test_a_file_without_its_columns_is_refused_whole(office: Office) -> None:
    with pytest.raises(UsageError, match='line 1: there is no column "role"'):
        office.read("1,Ada", head="number,name")


def test_the_same_list_again_changes_nothing(office: Office) -> None:
    assert office.take(ADA, BEN) == (2, 0, 0, 0)
    before = office.rows("staff", "*")
    assert office.take(ADA, BEN, when="2027-02-09 09:00") == (0, 0, 2, 0)
    assert office.rows("staff", "*") == before


def test_a_full_list_says_who_has_left_of_the_firms_that_it_names(office: Office) -> None:
    office.take(ADA, ADA.replace("101", "104"), BEN, "105,Flo,installer,Other Firm,,,,")
    assert office.take(ADA, full=True, when="2027-02-09 09:00") == (0, 0, 1, 1)
    assert [number for number, left in office.rows("staff", "number", "left_at") if left] == ["104"]
    assert office.take(ADA.replace("101", "104"), when="2027-02-19 09:00").changed == 1          # back again
    assert not [number for number, left in office.rows("staff", "number", "left_at") if left]


def test_a_bad_row_of_a_full_list_does_not_end_anybody(office: Office) -> None:
    office.take(ADA, ADA.replace("101", "104"))
    assert office.take(ADA, ADA.replace("101", "104").replace("installer", "robot"), full=True).left == 0


def test_a_full_list_that_would_end_half_of_its_people_is_taken_only_when_accepted(office: Office) -> None:
    office.take(*(ADA.replace("101", str(200 + n)) for n in range(24)))
    few = [ADA.replace("101", str(200 + n)) for n in range(10)]
    with pytest.raises(UsageError, match="14 of 24"):
        office.take(*few, full=True)
    assert office.take(*few, full=True, accept=True).left == 14


@pytest.mark.parametrize(("row", "said"), [
    ("soon;101;;", 'line 3: day: "soon" is not a day'), ("2027-03-09;;;", "line 3: number is empty")])
def test_a_bad_row_of_a_shift_list_is_named(office: Office, row: str, said: str) -> None:
    found = office.read_shifts("09/03/2027;101;Meterfit;North", row)
    assert [each.day for each in found.shifts] == ["2027-03-09"] and said in found.faults[0]


def test_a_shift_list_stands_in_place_of_that_firms_list_of_the_day(office: Office) -> None:
    office.shifts("2027-03-09;101;Meterfit;", "2027-03-09;102;Meterfit;", "2027-03-09;201;Other;", "2027-03-10;101;Meterfit;")
    office.shifts("2027-03-09;101;Meterfit;", "2027-03-09;201;Meterfit;")          # 102 is off, 201 has changed the firm
    assert sorted(office.rows("shift", "day", "number", "firm")) == [
        ("2027-03-09", "101", "Meterfit"), ("2027-03-09", "201", "Meterfit"), ("2027-03-10", "101", "Meterfit")]


def test_an_executive_is_known_but_not_front_line(office: Office) -> None:
    assert office.read(CY).people[0].role == "executive"
    assert "executive" not in office.rollout.file.staff.front_line
