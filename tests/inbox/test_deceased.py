"""Someone died, as the print house's list says: the next letter must not be written."""


from sqlalchemy import select

from doorstep.inbox.deceased import silence
from doorstep.inbox.events import Event, record_events
from doorstep.model import Journal, table
from tests.making import at
from tests.town import Town


def test_nothing_more_goes_to_someone_who_died_by_any_channel(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.night("2027-02-22 10:00")
    before = [len(street.taken) for street in town.streets.values()]
    for again in range(2):
        assert silence(town.world.store, town.world.rollout, [town.one(notice="reminder").id], 1 + again) == 1
    town.night("2027-03-08 17:00")
    assert [len(street.taken) for street in town.streets.values()] == before
    assert town.one(notice="day-before").why == "stopped"
    with town.world.store.read() as connection:
        assert len(connection.execute(select(table(Journal)).where(table(Journal).c.kind == "deceased")).all()) == 1


def test_a_letter_that_came_back_ends_letters_to_that_customer_and_to_no_other_of_the_same_street(town: Town) -> None:
    for town_name in ("Northwick", "Southwick"):
        town.world.visit("2027-03-09", address="1 Mill Road", town=town_name, email=None, phone=None)
    now = at("2027-02-17 06:00", town.world.rollout)
    town.night("2027-02-17 06:00")
    first, second = town.world.notices(notice="reminder")
    record_events(town.world.store, town.world.rollout, [Event("bounced", first.id, now, "r1", "hard")], now)
    town.world.change(first.visit_id, now + 60, day="2027-03-24")
    town.world.change(second.visit_id, now + 60, day="2027-03-24")
    town.night("2027-02-17 12:00")
    told = {row.visit_id: row.state for row in town.world.notices(notice="new-date")}
    assert told == {second.visit_id: "accepted"} or told == {first.visit_id: "failed", second.visit_id: "accepted"}
