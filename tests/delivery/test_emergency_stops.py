"""An emergency stop holds what fits it, within one batch, until it is lifted."""

from collections.abc import Sequence

import pytest

from doorstep.channels import Item, Outcome
from doorstep.delivery.halting import Scope, halt, resume, standstills
from doorstep.errors import UsageError
from tests.town import MORNING, Street, Town


@pytest.mark.parametrize(("scope", "told"), [
    (Scope(), 0), (Scope(area="North"), 1), (Scope(notice="reminder"), 0), (Scope(notice="formal-notice"), 2),
    (Scope(language="ar"), 1), (Scope(area="North", language="en"), 2),
])
def test_an_emergency_stop_holds_what_fits_it_and_nothing_else(town: Town, scope: Scope, told: int) -> None:
    town.world.visit("2027-03-09", area="North", language="ar")
    town.world.visit("2027-03-09", area="South")
    halt(town.world.store, town.world.rollout, scope, reason="wrong tariff in the words", by="pm", now=1)
    town.night(MORNING)
    assert len(town.said("email")) == told


def test_after_an_emergency_stop_what_is_still_useful_goes_out(town: Town) -> None:
    town.world.visit("2027-03-09")
    number = halt(town.world.store, town.world.rollout, Scope(), reason="x", by="pm", now=1)
    town.night(MORNING)
    assert resume(town.world.store, town.world.rollout, number, by="pm", now=2) == 1
    town.night("2027-02-22 11:00")
    assert len(town.said("email")) == 1
    with town.world.store.read() as connection:
        assert standstills(connection, town.world.rollout) == []


def test_an_emergency_stop_takes_effect_within_one_batch(town: Town) -> None:
    for _ in range(60):
        town.world.visit("2027-03-09")
    email = town.streets["email"]
    email.batch_size = 20

    class Pressed(Street):
        def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
            halt(town.world.store, town.world.rollout, Scope(), reason="stop!", by="pm", now=now)
            return super().send(items, now=now)

    town.streets["email"] = Pressed("email")
    town.streets["email"].batch_size = 20
    town.night(MORNING)
    assert len(town.said("email")) == 20


@pytest.mark.parametrize("scope", [Scope(area="Nowhere"), Scope(notice="reminders"), Scope(language="tlh")])
def test_an_emergency_stop_of_what_is_not_there_is_refused_with_what_is(town: Town, scope: Scope) -> None:
    town.world.visit("2027-03-09", area="North")
    with pytest.raises(UsageError, match=r"North|reminder|en"):
        halt(town.world.store, town.world.rollout, scope, reason="x", by="pm", now=1)
