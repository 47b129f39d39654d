"""The form that a person fills in: a list of rollouts, help beside every field, and a readable word about mistakes."""

from datetime import datetime
from typing import Any

import pytest
from prefect import Flow
from prefect.exceptions import ParameterTypeError
from prefect.utilities.callables import parameter_schema

from doorstep.rollout import rollout_names
from doorstep.settings import CHECKOUT
from flows.accept_feed import accept_feed
from flows.deployments import startables
from flows.listen import listen
from flows.nightly import nightly
from tests.making import make_rollout

FLOWS = [each.flow for each in startables([make_rollout()])]


def form(flow: Flow[..., Any]) -> dict[str, Any]:
    return parameter_schema(flow).model_dump()


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_field_says_what_it_is_for(flow: Flow[..., Any]) -> None:
    assert all(field.get("description") for field in form(flow)["properties"].values())


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow is not listen], ids=lambda flow: flow.name)
def test_the_rollout_is_chosen_from_the_configured_ones(flow: Flow[..., Any]) -> None:
    assert form(flow)["definitions"]["RolloutName"]["enum"] == rollout_names(CHECKOUT / "config")
    assert "rollout" in form(flow)["required"]


@pytest.mark.parametrize(("written", "read"), [
    ("2027-03-09", datetime(2027, 3, 9)),                      # noqa: DTZ001
    ("2027-03-09 14:30", datetime(2027, 3, 9, 14, 30)),        # noqa: DTZ001
    ("", None),
    (None, None),
])
def test_a_moment_is_written_plainly_or_left_out(written: str | None, read: datetime | None) -> None:
    assert nightly.validate_parameters({"rollout": "northwick", "now": written})["now"] == read


@pytest.mark.parametrize("written", ["2027-13-01", "9 March", "31/12/2027"])
def test_a_bad_date_is_answered_with_a_good_one(written: str) -> None:
    with pytest.raises(ParameterTypeError, match=f'"{written}" is not a date; write one like "2027-03-09"'):
        nightly.validate_parameters({"rollout": "northwick", "now": written})


@pytest.mark.parametrize("wrong", [{"feed_id": 0}, {"count": -1}, {"by": "J"}])
def test_accepting_a_feed_wants_its_id_its_count_and_a_name(wrong: dict[str, object]) -> None:
    right = {"rollout": "northwick", "feed_id": 12, "count": 0, "by": "Jo Bell"}
    assert accept_feed.validate_parameters(right)
    with pytest.raises(ParameterTypeError):
        accept_feed.validate_parameters(right | wrong)
