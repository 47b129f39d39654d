"""What a person at the desk does for a customer: a refusal taken back, and silence where someone died."""

from pathlib import Path

import pytest
from sqlalchemy import select

from doorstep.booking.requests import refuse
from doorstep.model import Customer, Request, Stop, WorkOrder, table
from tests.desk.office import Office
from tests.making import make_rollout
from tests.web.desk_rows import one

S, Q = table(Stop), table(Request)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.world.visit("2027-03-20")
    return office


@pytest.fixture
def refused(office: Office) -> Office:
    """The customer refused the meter on the phone."""
    office.world.put(WorkOrder, rollout="northwick", number="NW0000001", customer_id=1, visit_id=1, commodity="electricity",
                     status="planned", day="2027-03-20", stamp=0, digest="said", feed_id=1)
    refuse(office.store, make_rollout(refusal_allowed=True), 1, channel="call", now=office.now)
    return office


def test_a_refusal_is_taken_back_from_the_visits_story(refused: Office) -> None:
    amos = refused.someone("agent")
    story = amos.get("/desk/northwick/visits/1").text
    assert "Refusal taken back" in story and "tell the scheduler" in story
    told = amos.post("/desk/northwick/visits/1/take-back")
    after = amos.get(told.headers["location"]).text
    assert "Tell the scheduler now" in after and "/take-back" not in after
    assert one(refused, Q).state == "replaced"
    assert refused.trail("took back a refusal") == [("amos", "visit 1")]


def test_what_is_not_refused_cannot_be_taken_back(refused: Office) -> None:
    amos = refused.someone("agent")
    amos.post("/desk/northwick/visits/1/take-back")
    again = amos.post("/desk/northwick/visits/1/take-back")
    assert again.status_code == 409 and "has no refusal that waits" in again.text
    assert len(refused.trail("took back a refusal")) == 1
    refused.world.visit("2027-03-21")
    assert "/take-back" not in amos.get("/desk/northwick/visits/2").text


def silent(office: Office) -> set[str]:
    with office.store.read() as connection:
        return set(connection.execute(select(S.c.channel).where(S.c.reason == "deceased", S.c.ended_at.is_(None))).scalars())


def test_a_person_who_made_sure_ends_everything_to_someone_who_died(office: Office) -> None:
    number = office.case(kind="deceased", topic="other", customer_id=1, visit_id=1)
    amos, path = office.someone("agent"), f"/desk/northwick/cases/{number}"
    assert "End everything to them" in amos.get(path).text
    assert amos.post(f"{path}/silence").status_code == 400 and not silent(office) and not office.trail("silenced")
    after = amos.get(amos.post(f"{path}/silence", sure="yes").headers["location"]).text
    assert "by any channel" in after and "/silence" not in after
    assert silent(office) == {"email", "sms", "voice", "call", "post"}
    assert office.trail("silenced") == [("amos", f"enquiry {number}")]
    office.town.night("2027-03-13 10:00")
    assert not any(street.taken for street in office.town.streets.values())


def test_others_go_on_hearing_from_us(office: Office) -> None:
    other = office.world.visit("2027-03-20", prefers="email")
    number = office.case(kind="deceased", topic="other", customer_id=1, visit_id=1)
    office.someone("agent").post(f"/desk/northwick/cases/{number}/silence", sure="yes")
    office.town.night("2027-03-13 10:00")
    assert {row.customer_id for row in office.world.notices(state="accepted")} == {other}


@pytest.mark.parametrize("values", [{"kind": "concern", "customer_id": 1}, {"kind": "deceased", "customer_id": None}])
def test_no_other_case_silences_anyone(office: Office, values: dict[str, object]) -> None:
    number = office.case(topic="other", **values)
    amos, path = office.someone("agent"), f"/desk/northwick/cases/{number}"
    assert "/silence" not in amos.get(path).text
    assert amos.post(f"{path}/silence", sure="yes").status_code == 409
    with office.store.read() as connection:
        assert not connection.execute(select(S)).all() and connection.execute(select(table(Customer))).all()
