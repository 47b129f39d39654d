"""Whom we failed is asked how we did, once."""

from tests.plan.saying import moment
from tests.town import Town


def test_whom_we_failed_is_asked_how_we_did_once_and_who_asked_us_to_cancel_is_not(town: Town) -> None:
    visits = [town.world.visit("2027-03-09") for _ in range(3)]
    town.night("2027-02-22 09:00")                                       # told of the date
    when = moment(town, "2027-03-09 10:00")
    for visit, (status, outcome) in zip(visits, (("aborted", "no_access"), ("cancelled", "by_utility"),
                                                 ("cancelled", "by_customer")), strict=True):
        town.world.change(visit, when, status=status, outcome=outcome, outcome_at=when, attempts=int(status == "aborted"))
    town.night("2027-03-10 10:00")
    assert [row.visit_id for row in town.world.notices(notice="how-did-we-do", state="accepted")] == visits[:2]
    again = moment(town, "2027-03-12 10:00")
    town.world.change(visits[0], again, status="aborted", outcome="no_access", outcome_at=again, attempts=2)
    town.night("2027-03-13 10:00")
    assert len(town.world.notices(notice="how-did-we-do", visit_id=visits[0])) == 1
