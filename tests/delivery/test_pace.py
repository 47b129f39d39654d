"""A provider's rate that many senders share: who is let through, and what becomes of those who are not."""

from pathlib import Path

from doorstep.channels import Channel
from doorstep.delivery import send_due
from doorstep.delivery.lines import Lines
from doorstep.errors import Transient
from tests.making import at
from tests.town import LIBRARY, Town

MORNING = "2027-02-22 10:00"


def nobody(channel: Channel, number: int) -> None:
    raise Transient("the server that keeps the rates does not answer", code="busy")


def test_those_who_are_not_let_through_are_in_no_doubt_and_go_out_later(tmp_path: Path) -> None:
    town = Town(tmp_path)
    for _ in range(3):
        town.world.visit("2027-03-09")
    town.night(MORNING, send=False)
    now = at(MORNING, town.world.rollout)
    sent = send_due(town.world.store, town.world.rollout, library=LIBRARY, lines=Lines.of(dict(town.streets)), now=now,
                    pace=nobody)
    assert (sent.held, sent.unknown, sent.sent) == (3, 0, 0) and not any(street.items for street in town.streets.values())
    assert {(row.state, row.why) for row in town.world.notices(notice="reminder")} == {("held", "busy")}
    assert town.night("2027-02-22 10:05").sent == 3
    town.world.store.close()
